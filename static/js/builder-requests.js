// What the files of the condition builder share: its fields, its requests, its words.

export const builderOf = (element) => element?.closest?.("[data-builder-frame]")?.querySelector("[data-builder]");

// Keys belong to a text while somebody types in it.
export const isTyping = (element) =>
  element?.matches?.("textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

export function fieldsOf(builder) {
  return [...builder.querySelectorAll("input, select, textarea")]
    .filter((field) => field.name.startsWith(`${builder.dataset.prefix}:`) && (field.type !== "checkbox" || field.checked))
    .map((field) => [field.name, field.value]);
}

export function post(builder, values) {
  window.htmx.ajax("POST", builder.dataset.url, { source: builder, target: builder, swap: "innerHTML", values });
}

export function say(builder, words) {
  const place = builder.querySelector("[data-said]");
  if (place) place.textContent = words;
}

export function csrfToken(builder) {
  return JSON.parse(builder.closest("[hx-headers]").getAttribute("hx-headers"))["X-CSRFToken"];
}
