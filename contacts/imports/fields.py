"""What a column of a file can become, and the headers by which we recognize it."""

import re
import unicodedata
from dataclasses import dataclass

IGNORE = "ignore"
ATTRIBUTE = "attribute"
ASK = ""

EMAIL = "email"
USER_ID = "user_id"
FIRST_NAME = "first_name"
LAST_NAME = "last_name"
FULL_NAME = "full_name"
LOCALE = "locale"
TIME_ZONE = "time_zone"
UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True)
class Field:
    """A built-in field of a contact: its key, its label and what it is good for."""

    key: str
    label: str
    help_text: str = ""


FIELDS = (
    Field(EMAIL, "Email", "Required. Names the person."),
    Field(USER_ID, "User ID", "What your shop calls the person, beside the email."),
    Field(FIRST_NAME, "First name"),
    Field(LAST_NAME, "Last name"),
    Field(FULL_NAME, "Full name", "Split at the last space into first and last name."),
    Field(LOCALE, "Language", "Such as de, pt-BR or English."),
    Field(TIME_ZONE, "Time zone", "Such as Europe/Berlin."),
    Field(UNSUBSCRIBED, "Unsubscribed", "People marked yes are left out."),
)
FIELD_LABELS = {field.key: field.label for field in FIELDS}

# By field: the headers of common tools and languages. Compared in normal form.
ALIASES: dict[str, tuple[str, ...]] = {
    EMAIL: (
        "email", "e mail", "email address", "e mail address", "mail", "emailaddress",
        "mail address", "e mail 1 value", "email 1", "primary email", "work email",
        "contact email", "customer email", "subscriber", "courriel", "adresse mail",
        "adresse email", "adresse e mail", "adresse courriel", "correo",
        "correo electronico", "e post", "epost", "e postadress", "mailadresse",
        "e mail adresse", "emailadresse", "email adres", "e mailadres", "indirizzo email",
        "posta elettronica", "endereco de email", "endereco de e mail", "adres email",
        "электронная почта", "почта", "эл почта", "имейл", "メール", "メールアドレス",
        "eメール", "邮箱", "电子邮件", "郵箱", "電子郵件", "邮件地址", "이메일", "이메일 주소",
        "البريد الإلكتروني", "بريد إلكتروني", 'דוא"ל', "דואל", "אימייל", "ईमेल", "อีเมล",
        "ηλεκτρονικο ταχυδρομειο",
    ),
    USER_ID: ("user id", "userid", "external id", "customer id"),
    FIRST_NAME: (
        "first name", "firstname", "first", "fname", "given name", "givenname", "forename",
        "vorname", "prenom", "nombre", "nome", "primeiro nome", "voornaam", "fornavn",
        "fornamn", "imie", "имя", "名", "名字", "이름", "الاسم الأول", "שם פרטי", "ονομα",
    ),
    LAST_NAME: (
        "last name", "lastname", "last", "lname", "surname", "family name", "familyname",
        "nachname", "familienname", "nom", "nom de famille", "apellido", "apellidos",
        "cognome", "sobrenome", "apelido", "achternaam", "etternavn", "efternamn",
        "nazwisko", "фамилия", "姓", "姓氏", "성", "اسم العائلة", "שם משפחה", "επωνυμο",
    ),
    FULL_NAME: (
        "name", "full name", "fullname", "nom complet", "nombre completo", "nome completo",
        "vollstandiger name", "display name", "contact name", "customer name", "фио",
        "氏名", "お名前", "姓名", "성명", "الاسم", "שם",
    ),
    LOCALE: (
        "locale", "language", "lang", "preferred language", "sprache", "langue", "idioma",
        "lingua", "taal", "sprak", "jezyk", "язык", "言語", "语言", "언어", "اللغة", "שפה",
    ),
    TIME_ZONE: (
        "time zone", "timezone", "tz", "zeitzone", "fuseau horaire", "zona horaria",
        "fuso orario", "fuso horario", "часовой пояс", "タイムゾーン", "时区", "시간대",
    ),
    UNSUBSCRIBED: (
        "unsubscribed", "opted out", "opt out", "optout", "email opt out", "do not email",
        "unsub", "unsub time", "abgemeldet", "desabonne", "désinscrit", "отписан",
    ),
}  # fmt: skip

# Headers that become a custom attribute of a settled name.
ATTRIBUTE_ALIASES: dict[str, tuple[str, ...]] = {
    "phone": ("phone", "phone number", "mobile", "mobile phone", "cell", "telephone", "tel",
              "telefon", "telefono", "handy", "телефон", "電話", "电话", "전화"),
    "company": ("company", "company name", "organization", "organisation", "firma",
                "entreprise", "empresa", "azienda", "компания", "会社", "公司", "회사"),
    "country": ("country", "land", "pays", "pais", "paese", "страна", "国", "国家", "국가"),
    "signed_up_at": ("created", "created at", "signed up", "signed up at", "signup date",
                     "date added", "registered at"),
    "tags": ("tags", "tag", "labels"),
    "consent_at": ("consent time", "optin time", "opt in time", "confirm time", "consent at"),
}  # fmt: skip

INVISIBLE = dict.fromkeys(
    [0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x200E, 0x200F]
)
SEPARATORS = re.compile(r"[\s_\-.:/]+")
BRACKETED = re.compile(r"[(\[{<（【].*?[)\]}>）】]")
QUOTES = str.maketrans(dict.fromkeys("\"'`´‘’“”„«»*", ""))


def normalize_header(header: str) -> str:
    """Bring a header to the form in which it is compared: plain letters, single spaces."""
    text = (
        unicodedata.normalize("NFKC", header[:200])
        .translate(INVISIBLE)
        .translate(QUOTES)
    )
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    text = BRACKETED.sub(" ", text).casefold()
    text = SEPARATORS.sub(" ", text).strip()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _index(aliases: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Turn aliases around: normal form of the header → what it means."""
    return {
        normalize_header(word): key for key, words in aliases.items() for word in words
    }


FIELD_BY_HEADER = _index(ALIASES)
ATTRIBUTE_BY_HEADER = _index(ATTRIBUTE_ALIASES)


def field_for_header(header: str) -> str | None:
    """Name the built-in field that a header stands for."""
    normal = normalize_header(header)
    return FIELD_BY_HEADER.get(normal) or FIELD_BY_HEADER.get(normal.replace(" ", ""))


def attribute_name(header: str) -> str:
    """Make the name of a custom attribute from a header: ``Favorite color`` → ``favorite_color``."""
    normal = normalize_header(header)
    if normal in ATTRIBUTE_BY_HEADER:
        return ATTRIBUTE_BY_HEADER[normal]
    text = unicodedata.normalize("NFKC", header[:200]).translate(INVISIBLE).lower()
    return re.sub(r"\W+", "_", text).strip("_")[:60]


def is_known_header(header: str) -> bool:
    """Whether a header is one of those that we recognize."""
    return field_for_header(header) is not None or (
        normalize_header(header) in ATTRIBUTE_BY_HEADER
    )
