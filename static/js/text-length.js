// Says below a field how many text messages its words take; as campaigns/flows/text_length.py does.
// What stands for a person's own words, {{ … }}, is counted as it is written.
const GSM = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");

function measure(text) {
  const characters = [...text];
  const isWide = characters.some((one) => !GSM.has(one) && !EXTENDED.has(one));
  const sizes = characters.map((one) => (isWide ? one.length : EXTENDED.has(one) ? 2 : 1));
  const [alone, together] = isWide ? [70, 67] : [160, 153];
  const places = sizes.reduce((sum, size) => sum + size, 0);
  if (places <= alone) return { places, parts: 1, alone, isWide };
  let parts = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > together) { parts += 1; filled = 0; }
    filled += size;
  }
  return { places, parts, alone, isWide };
}

function show(field) {
  let said = field.parentElement.querySelector("[data-length-of]");
  if (!said) {
    said = document.createElement("p");
    said.className = "gl-field__help";
    said.dataset.lengthOf = field.name;
    field.after(said);
  }
  const { places, parts, alone, isWide } = measure(field.value);
  const messages = parts === 1 ? `1 text message (up to ${alone})` : `${parts} text messages`;
  const why = isWide ? " A character such as an emoji makes them shorter." : "";
  said.textContent = `${places.toLocaleString("en")} characters, ${messages}.${why}`;
}

const showAll = () => document.querySelectorAll("[data-text-length]").forEach(show);

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-text-length]")) show(event.target);
});
document.addEventListener("htmx:load", showAll);
showAll();
