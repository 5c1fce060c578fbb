"""The fixed words of every mail, in each language that we speak; English for the rest."""

from dataclasses import dataclass

from campaigns.emails.locales import choose_locale


@dataclass(frozen=True)
class Words:
    """What a mail says of itself: the labels of the answers, and the footer."""

    yes: str
    not_now: str
    never: str
    why: str
    unsubscribe: str


WORDS = {
    "en": Words(
        yes="Yes, I'll share",
        not_now="Not now",
        never="Don't ask me again",
        why="You get this email because you agreed to hear from {{ sender.name }}.",
        unsubscribe="Unsubscribe",
    ),
    "de": Words(
        yes="Ja, gerne",
        not_now="Jetzt nicht",
        never="Nicht mehr fragen",
        why="Sie erhalten diese E-Mail, weil Sie Nachrichten von {{ sender.name }} zugestimmt haben.",
        unsubscribe="Abmelden",
    ),
    "fr": Words(
        yes="Oui, avec plaisir",
        not_now="Pas maintenant",
        never="Ne plus me demander",
        why="Vous recevez cet e-mail car vous avez accepté les messages de {{ sender.name }}.",
        unsubscribe="Se désabonner",
    ),
    "es": Words(
        yes="Sí, con gusto",
        not_now="Ahora no",
        never="No volver a preguntar",
        why="Recibes este correo porque aceptaste recibir mensajes de {{ sender.name }}.",
        unsubscribe="Darse de baja",
    ),
    "pt": Words(
        yes="Sim, com prazer",
        not_now="Agora não",
        never="Não perguntar mais",
        why="Você recebe este e-mail porque aceitou receber mensagens de {{ sender.name }}.",
        unsubscribe="Cancelar inscrição",
    ),
    "ja": Words(
        yes="はい、紹介します",
        not_now="今はしない",
        never="今後はお願いしないでほしい",
        why="このメールは、{{ sender.name }} からのお知らせの受け取りに同意された方にお送りしています。",
        unsubscribe="配信を停止する",
    ),
    "ar": Words(
        yes="نعم، بكل سرور",
        not_now="ليس الآن",
        never="لا تسألني مرة أخرى",
        why="تصلك هذه الرسالة لأنك وافقت على تلقي رسائل من {{ sender.name }}.",
        unsubscribe="إلغاء الاشتراك",
    ),
}


def words_for(locale: str) -> Words:
    """Find the fixed words for the locale of a variant."""
    return WORDS[choose_locale(locale, WORDS, "en")]
