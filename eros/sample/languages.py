"""Phrases the sample captions are made of, in five languages. Data only: texts.py puts them together.

A caption is opener, subject, detail and closer. Subjects go by category, so a text's category can be learned from
its words. The English phrases hold the words the psychological triggers look for, and characters that break
careless code: quotes, backticks, braces, `${x}`, backslashes, comment signs.
"""

from __future__ import annotations

from dataclasses import dataclass

CATEGORIES = (
    "General",
    "Behind the Scenes",
    "Fitness",
    "Travel",
    "Beach",
    "Cosplay",
    "Music",
    "Cooking",
    "Fashion",
    "Gaming",
    "Photography",
    "Questions & Answers",
    "Dance",
    "Yoga",
    "Lifestyle",
)


@dataclass(frozen=True)
class Language:
    """Phrases of one language; `subjects` has the same number of entries for each category, in order."""

    name: str
    share: float
    openers: tuple[str, ...]
    subjects: tuple[str, ...]
    details: tuple[str, ...]
    closers: tuple[str, ...]
    urgent: tuple[str, ...]
    joint: str = " "


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


ENGLISH = Language(
    "English",
    0.78,
    _lines("""
        Good morning!
        Good evening,
        Hey you,
        Hi there:
        Guess what?
        Happy Friday!
        Happy Monday!
        Surprise:
        Just for you,
        Members only:
        VIP news:
        Psst…
        Story time:
        Did you miss me?
        Big announcement:
        Rainy day treat:
        Sunday mood:
        Thank you!
        Long week?
        Coffee break:
        From my phone:
        Fresh today:
        Quick hello,
        Back again,
    """),
    _lines("""
        here is a little something I made
        here is my favourite moment of the month
        this is the set you asked about
        here comes a special thank-you
        a look behind the scenes of my last shoot
        the bloopers nobody has seen
        how my studio looks before we start
        the making of the new calendar
        my full leg day routine
        a ten-minute morning workout
        the stretch that fixed my back
        my personal best at the gym
        pictures from my week in Lisbon
        my diary from the night train
        a postcard from the mountains
        the view from my hotel balcony
        an afternoon at the beach
        my sunrise swim
        the sandcastle contest I nearly won
        a whole album from the coast
        my new armour costume
        the wig that took nine hours
        my elf look, finished at last
        the costume from the convention
        a song I recorded in one take
        my guitar cover
        the playlist I dance to
        a demo from the rehearsal room
        my grandmother's pasta recipe
        how I make a café-style crème brûlée
        the cake that did not rise
        a week of easy dinners
        the dress from Saturday night
        three outfits for autumn
        my thrift shop finds
        the boots you voted for
        my speed run, uncut
        the boss fight I lost twelve times
        a co-op night with friends
        my tier list of the year
        portraits from the golden hour
        a black-and-white series
        the contact sheet of my last roll
        long exposures of the harbour
        my answers to your boldest questions
        ten questions I never answered
        a voice note with all your names
        the interview I gave last week
        my new choreography
        a salsa lesson for beginners
        the rehearsal before the show
        my slow waltz
        a calm evening flow
        my handstand practice
        breathing exercises for a busy day
        a yoga session on the roof
        my apartment tour
        a day in my life
        how I plan my week
        my quiet Sunday ritual
    """),
    _lines("""
        in full length
        with a second part
        that fans love
        that everyone keeps asking for
        which is the most popular one so far
        and it is exclusive to this page
        with the "director's cut" at the end
        with a note in my own handwriting
        for {name} and friends
        with the code `SUNSET`
        worth every ${x} of it
        (yes, 100 % real -- no filter)
        with 12 new pictures
        and a 4-minute video
        from C:\\archive\\best, as a friend calls it
        for the price of a coffee
        [uncut] and #unposed
        with sound; turn it up
        made with my sister's old camera
        and it's the one I'm proudest of
    """),
    _lines("""
        Tell me what you think.
        Which one is your favourite?
        Want to see more?
        Enjoy!
        See you soon.
        Let me know below
        Yours, as ever.
        More next week.
        I hope you like it!
        Ready when you are
        What should I do next?
        Save it for the weekend.
        You asked, I listened.
        It made me smile.
        No rush at all.
        Worth the wait, I promise.
    """),
    _lines("""
        Only today!
        The offer expires tonight.
        A limited offer.
        Open it now.
        Last chance!
        Only 7 left…
        It's expiring soon.
        Today or never?
    """),
)

SPANISH = Language(
    "Spanish",
    0.09,
    _lines("""
        ¡Hola!
        ¡Buenos días!
        ¿Qué tal?
        Sorpresa:
        Solo para ti:
        ¡Feliz viernes!
        Una pregunta:
        Gracias, corazón:
    """),
    _lines("""
        algo que hice esta mañana
        lo que pasa detrás de las cámaras
        mi rutina de ejercicio
        mi viaje a Málaga
        una tarde en la playa
        mi disfraz nuevo
        una canción para ti
        la receta de mi abuela
        tres vestidos de otoño
        mi partida más difícil
        un álbum en blanco y negro
        respuestas a tus preguntas
        mi nueva coreografía
        un rato de yoga tranquilo
        un día en mi vida
    """),
    _lines("""
        en versión completa
        con segunda parte
        que a todos les gusta
        con doce fotos nuevas
        hecho con cariño
        sin filtros
        como me pediste
        desde mi balcón
        para el fin de semana
    """),
    _lines("""
        ¿Cuál prefieres?
        Dime qué piensas.
        ¡Que lo disfrutes!
        Nos vemos pronto
        ¿Quieres más?
        Un abrazo.
        Hasta mañana
        Te va a gustar.
    """),
    ("¡Solo hoy!", "¡Última oportunidad!"),
)

JAPANESE = Language(
    "Japanese",
    0.05,
    ("おはよう！", "こんばんは、", "お待たせ！", "ねえ、", "みんなへ：", "特別に、", "ありがとう！", "ただいま、"),
    (
        "新しい作品です",
        "撮影の舞台裏です",
        "朝のトレーニングです",
        "京都の旅の写真です",
        "海辺の午後です",
        "コスプレの新作です",
        "弾き語りの動画です",
        "手作りカレーのレシピです",
        "秋の着こなしです",
        "ゲーム実況です",
        "夕暮れのポートレートです",
        "質問コーナーです",
        "新しいダンスです",
        "夜のヨガです",
        "私の一日です",
    ),
    (
        "ノーカット版",
        "続編つき",
        "写真12枚",
        "ファンに人気",
        "メンバー限定",
        "手書きメモつき",
        "音も聞いてね",
        "初公開",
        "スマホで撮影",
    ),
    (
        "感想を聞かせてね",
        "またね",
        "楽しんでください",
        "どれが好き？",
        "続きは来週",
        "よい週末を",
        "待ってます",
        "おやすみ",
    ),
    ("今日だけ！", "残りわずか！"),
    joint="　",
)

ARABIC = Language(
    "Arabic",
    0.04,
    ("صباح الخير!", "مساء الخير،", "مرحبا،", "مفاجأة:", "لك وحدك:", "شكرا!", "أخبار جديدة:", "عدت إليكم،"),
    (
        "شيء جديد صنعته اليوم",
        "خلف الكواليس",
        "تماريني الصباحية",
        "صور من رحلتي إلى البتراء",
        "يوم على الشاطئ",
        "زيي التنكري الجديد",
        "أغنية سجلتها لكم",
        "وصفة جدتي",
        "ثلاثة فساتين للخريف",
        "أصعب لعبة لعبتها",
        "صور بالأبيض والأسود",
        "أجوبة عن أسئلتكم",
        "رقصتي الجديدة",
        "جلسة يوغا هادئة",
        "يوم من حياتي",
    ),
    (
        "بالنسخة الكاملة",
        "مع جزء ثان",
        "يحبها الجميع",
        "مع ١٢ صورة",
        "بدون تعديل",
        "كما طلبتم",
        "من شرفتي",
        "مع رسالة صوتية",
        "للمشتركين",
    ),
    (
        "ما رأيكم؟",
        "أيها تفضلون؟",
        "إلى اللقاء",
        "أتمنى أن تعجبكم",
        "هل تريدون المزيد؟",
        "مع محبتي",
        "نلتقي غدا",
        "استمتعوا",
    ),
    ("اليوم فقط!", "الفرصة الأخيرة!"),
)

RUSSIAN = Language(
    "Russian",
    0.04,
    ("Доброе утро!", "Добрый вечер,", "Привет,", "Сюрприз:", "Только для тебя:", "Спасибо!", "Новости:", "Ещё раз:"),
    (
        "кое-что новое от меня",
        "что было за кадром",
        "моя утренняя тренировка",
        "снимки из поездки на Байкал",
        "день у моря",
        "мой новый костюм",
        "песня с одного дубля",
        "рецепт моей бабушки",
        "три образа на осень",
        "самый трудный уровень",
        "чёрно-белая серия",
        "ответы на ваши вопросы",
        "мой новый танец",
        "спокойная йога",
        "один день из жизни",
    ),
    (
        "целиком",
        "с продолжением",
        "всем нравится",
        "12 новых снимков",
        "без фильтров",
        "как вы просили",
        "с балкона",
        "с голосовым письмом",
        "для своих",
    ),
    (
        "Что скажешь?",
        "Как тебе?",
        "До встречи",
        "Хочешь ещё?",
        "Приятного просмотра",
        "Обнимаю",
        "До завтра",
        "Продолжение следует",
    ),
    ("Только сегодня!", "Последний шанс!"),
)

LANGUAGES = (ENGLISH, SPANISH, JAPANESE, ARABIC, RUSSIAN)

#: With U+FE0F, skin tones, joined sequences and flags of all three kinds.
# fmt: off
EMOJI = (
    "🔥", "✨", "💌", "🎉", "🌙", "⭐", "🌊", "🎧",
    "📸", "🍰", "👗", "🎮", "🧘", "💃", "🙌", "😎",
    "😉", "🥰", "😂", "🤫", "👀", "🎁", "🚀", "🌹",
    "❤️", "☀️", "✈️", "☕️", "❄️", "♥️", "▶️", "✔️",
    "👋🏽", "💪🏿", "👍🏻", "👩‍💻", "👩‍🎤", "👨‍👩‍👧", "🏳️‍🌈", "❤️‍🔥",
    "🇺🇸", "🇯🇵", "🇪🇸", "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
)
# fmt: on
