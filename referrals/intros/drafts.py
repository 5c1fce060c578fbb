"""The texts with which introductions begin, in our languages; marketers make them their own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Draft:
    """
    What an introduction says in one language.

    ``note`` is forwarded under ``subject``; ``paragraph`` is what the friend reads, and
    ``opt_in`` what he agrees to.
    """

    subject: str
    note: str
    paragraph: str
    opt_in: str


TAIL = "\n\n{{ link }}\n\n{{ disclosure }}"

DRAFTS = {
    "en": Draft(
        "Somebody you might like to meet",
        "We work with {{ product }}, and it has helped us {{ outcome }}. If that is on your"
        " list as well, {{ rep }} can show you in a quarter of an hour; this page asks you"
        f" first:{TAIL}",
        "{{ product }} has helped them {{ outcome }}. {{ rep }} can show you in a quarter of"
        " an hour whether it would help you, too. It is up to you.",
        "{{ brand }} may write to me by email about {{ product }}. I can stop that at any"
        " time.",
    ),
    "de": Draft(
        "Jemand, den Sie kennenlernen könnten",
        "Wir arbeiten mit {{ product }}, und es hat uns geholfen: {{ outcome }}. Wenn das auch"
        " auf Ihrer Liste steht, zeigt {{ rep }} es Ihnen in einer Viertelstunde; diese Seite"
        f" fragt Sie vorher:{TAIL}",
        "{{ product }} hat dort geholfen: {{ outcome }}. {{ rep }} zeigt Ihnen in einer"
        " Viertelstunde, ob es auch Ihnen hilft. Sie entscheiden.",
        "{{ brand }} darf mir per E-Mail über {{ product }} schreiben. Ich kann das jederzeit"
        " beenden.",
    ),
    "fr": Draft(
        "Quelqu’un à vous présenter",
        "Nous travaillons avec {{ product }}, qui nous a aidés : {{ outcome }}. Si c’est aussi"
        " sur votre liste, {{ rep }} peut vous montrer en un quart d’heure ; cette page vous"
        f" demande d’abord votre accord :{TAIL}",
        "{{ product }} les a aidés : {{ outcome }}. {{ rep }} peut vous montrer en un quart"
        " d’heure si cela vous aiderait aussi. C’est vous qui décidez.",
        "{{ brand }} peut m’écrire par e-mail au sujet de {{ product }}. Je peux y mettre fin"
        " à tout moment.",
    ),
    "es": Draft(
        "Alguien a quien quizá quieras conocer",
        "Trabajamos con {{ product }} y nos ha ayudado: {{ outcome }}. Si también está en tu"
        " lista, {{ rep }} puede mostrártelo en un cuarto de hora; esta página te pregunta"
        f" antes:{TAIL}",
        "{{ product }} les ha ayudado: {{ outcome }}. {{ rep }} puede mostrarte en un cuarto"
        " de hora si también te ayudaría. Tú decides.",
        "{{ brand }} puede escribirme por correo sobre {{ product }}. Puedo pararlo en"
        " cualquier momento.",
    ),
    "pt": Draft(
        "Alguém que talvez queira conhecer",
        "Trabalhamos com {{ product }}, que nos ajudou: {{ outcome }}. Se isso também está na"
        " sua lista, {{ rep }} pode mostrar em quinze minutos; esta página pergunta"
        f" primeiro:{TAIL}",
        "{{ product }} ajudou essa equipe: {{ outcome }}. {{ rep }} pode mostrar em quinze"
        " minutos se também ajudaria você. A decisão é sua.",
        "{{ brand }} pode me escrever por e-mail sobre {{ product }}. Posso parar isso a"
        " qualquer momento.",
    ),
    "ja": Draft(
        "ご紹介したい方がいます",
        "私たちは {{ product }} を使っていて、次のことに役立ちました：{{ outcome }}。ご関心があれば、"
        "{{ rep }} が15分ほどでご説明します。まずはこちらのページでご希望を伺います："
        + TAIL,
        "{{ product }} は次のことに役立ちました：{{ outcome }}。お役に立つかどうか、{{ rep }} が"
        "15分ほどでご説明します。ご判断はお任せします。",
        "{{ brand }} から {{ product }} についてのメールを受け取ることに同意します。いつでも"
        "停止できます。",
    ),
    "ar": Draft(
        "شخص قد يهمك التعرف عليه",
        "نعمل مع {{ product }} وقد ساعدنا في: {{ outcome }}. إن كان ذلك ضمن أولوياتك، يمكن لـ"
        " {{ rep }} أن يعرضه عليك في ربع ساعة؛ هذه الصفحة تسألك أولاً:" + TAIL,
        "ساعدهم {{ product }} في: {{ outcome }}. يمكن لـ {{ rep }} أن يوضح لك في ربع ساعة إن"
        " كان سيفيدك أيضاً. القرار لك.",
        "يجوز لـ {{ brand }} مراسلتي بالبريد الإلكتروني بشأن {{ product }}. يمكنني إيقاف ذلك"
        " في أي وقت.",
    ),
}
