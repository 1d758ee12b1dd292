"""In which words do the members' offices say yes, no, and what else they mean?

Data only, all of it compared after folding: small letters, no punctuation, no apostrophes, one
space between words. A phrase in a script without spaces is looked for anywhere, every other
between spaces. A language with few phrases here is read less often, never wrongly: what is not
recognised is unclear.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from typing import Final


def _phrases(*lines: str) -> tuple[str, ...]:
    """The phrases of some lines, parted by bars."""
    return tuple(phrase.strip() for line in lines for phrase in line.split("|"))


# Yes, wherever in a sentence it stands.
YES: Final = _phrases(
    "ok|okay|okey|oke|oki|okk|o k|ack|acked|acknowledge|acknowledges|acknowledged|acknowledging",
    "acknowledgement|acknowledgment|yes|yep|yeah|yup|confirm|confirms|confirmed|confirming",
    "received|receipt|noted|understood|roger|affirmative|agreed",
    # Indonesian, Malay
    "baik pak|baik bu|baiklah|setuju|siap|diterima|kami terima|saya terima|sudah terima",
    "telah terima|telah menerima|sudah menerima|dikonfirmasi|konfirmasi|mengonfirmasi|disahkan",
    # Filipino
    "opo|natanggap|natanggap ko|natanggap namin|tinatanggap|kumpirmado",
    # Vietnamese
    "vâng|đồng ý|đã nhận|đã nhận được|xác nhận|dong y|da nhan|xac nhan",
    # Bengali
    "হ্যাঁ|হাঁ|ঠিক আছে|পেয়েছি|প্রাপ্তি স্বীকার|গ্রহণ করেছি|নিশ্চিত করছি|thik ache|thik achhe",
    # Hindi, Nepali
    "हाँ|हां|जी हाँ|ठीक है|प्राप्त हुआ|स्वीकार|पुष्टि|हजुर|ठीक छ|प्राप्त भयो",
    # Urdu
    "ہاں|جی ہاں|ٹھیک ہے|موصول ہوا|موصول ہو گیا|وصول|تصدیق",
    # Dari, Persian, Pashto
    "بله|بلی|آری|تایید|تأیید|دریافت شد|دریافت کردم|درست است|سمه ده",
    # Arabic
    "نعم|أجل|تم الاستلام|استلمت|استلمنا|موافق|حسنا|تمام|اوكي|أؤكد|نؤكد",
    # Sinhala, Tamil, Dhivehi
    "ඔව්|හරි|ලැබුණා|ලැබුණි|තහවුරු|ஆம்|ஆமாம்|சரி|கிடைத்தது|பெற்றேன்|உறுதி|އާނ|އާން|ލިބިއްޖެ",
    # Turkish
    "evet|tamam|alındı|aldım|aldık|onaylıyorum|onaylıyoruz|teyit ederim|teyit ediyoruz",
    # French, Portuguese, Tetum, Spanish, German
    "oui|reçu|bien reçu|daccord|confirmé|confirme|confirmons|accusé de réception",
    "accusons réception",
    "accuse réception|bien noté|entendu|sim|recebido|recebemos|confirmado|de acordo|simu tiha ona",
    "sí|recibido|confirmamos|de acuerdo|erhalten|bestätigt|bestätige|bestätigen|einverstanden",
    # Mongolian, Russian
    "тийм|хүлээн авлаа|хүлээж авлаа|болно|получено|получили|подтверждаю|подтверждаем|принято",
    # Bislama and Tok Pisin, Dzongkha
    "orait|mi kisim|ཨིན|ལགས",
    # Thai, Lao, Khmer, Burmese
    "ใช่|รับทราบ|ได้รับแล้ว|ตกลง|ยืนยัน|โอเค|ແມ່ນ|ຮັບຊາບ|ໄດ້ຮັບແລ້ວ|ຕົກລົງ|ໂອເຄ",
    "បាទ|ចាស|បានទទួល|យល់ព្រម|អូខេ|ဟုတ်ကဲ့|ဟုတ်ပါတယ်|အိုကေ|လက်ခံရရှိ|ရရှိပါသည်|ရရှိပါတယ်|သဘောတူ",
    # Chinese, Japanese, Korean
    "是的|好的|收到|确认|確認|同意|知悉|はい|了解|承知|受領|受け取りました|확인|수신",
    "받았습니다|알겠습니다|접수",
)

# Yes only where nothing else is said: in other company these are other words.
YES_ALONE: Final = _phrases(
    "1|y|ya|iya|yes|k|kk|ja|si|da|dạ|co|có|oo|sige|ha|haa|hya|hyaa|haan|ji|জি|জী|जी",
    "जी हजुर|हो|جی|هو",
    "baik|oke|benar|betul|vang|được|sin|los|diak|io|ioe|sure|fine|copy|will do|حاضر|за|хорошо|да",
    "是|好|可以|네|예|ครับ|ค่ะ|คะ|ได้|ဟုတ်|ចាស៎|ເຈົ້າ|peki|certo|ho|hajur|han|evet|eng|choi|ئو",
    "bale|baleh",
)

# A note of absence never begins with these; a person who is about to leave does.
PLAIN_YES: Final = _phrases(
    "ok|okay|oke|yes|ack|acknowledged|noted|confirmed|agreed|understood|ya|baik|siap|oui",
    "sim|sí|opo",
    "vâng|হ্যাঁ|हाँ|ہاں|بله|نعم|ඔව්|ஆம்|evet|รับทราบ|ဟုတ်ကဲ့|收到|はい|네",
)

# Said beside a yes for politeness; nothing follows from them.
POLITE: Final = _phrases(
    "sir|madam|maam|pak|bapak|bu|ibu|tuan|puan|thanks|thank you|thankyou|thx|many thanks",
    "please|pls",
    "terima kasih|makasih|po|salamat|khun|ji|sahib|bhai|cảm ơn|cam on|merci|obrigado|gracias|danke",
    "धन्यवाद|ধন্যবাদ|شکریہ|تشکر|شكرا|ස්තුතියි|நன்றி|teşekkürler|баярлалаа|спасибо|ครับ|ค่ะ|ขอบคุณ",
    "谢谢|謝謝|ありがとうございます|감사합니다|အရှင်|ကျေးဇူးတင်ပါတယ်|អរគុណ|ຂອບໃຈ|dear all|hi|hello",
)

# No: a yes in the same breath does not count.
NO: Final = _phrases(
    "no|not|nope|nah|nay|never|cannot|cant|dont|doesnt|didnt|wont|isnt|arent|wasnt|havent|hasnt",
    "couldnt|wouldnt|shouldnt|unable|negative|neither|nor|refuse|refuses|reject|rejected|disagree",
    "unconfirmed|stop|berhenti|unsubscribe|tidak|tdk|tak|bukan|belum|jangan|enggak",
    "nggak|gak|ga|hindi|wala|huwag|không|khong|chưa|chua|đừng|lae|seidauk|nogat|sega|leai|ikai",
    "না|নয়|নেই|নাই|পাইনি|হয়নি|করিনি|করছি না|নহে|nahi|nahin|नहीं|नही|मत|ना|होइन|छैन|भएन",
    "نہیں|نہ|مت|نه|نخیر|نیست|نشد|نمی|نا|لا|ليس|لم|لن|غير|كلا",
    "නැහැ|නෑ|නැත|නොවේ|එපා|இல்லை|வேண்டாம்|அல்ல|கூடாது|ނޫން|ނެތް",
    "hayır|değil|yok|almadım|almadık|onaylamıyorum|non|pas|aucun|aucune|jamais|ne|não|nao",
    "nem|nunca",
    "nein|nicht|kein|keine|не|нет|үгүй|биш|མེན|མིན",
    "ไม่|มิได้|ยังไม่|ບໍ່|មិន|អត់|ទេ|မဟုတ်|ဘူး|မရ|မလက်ခံ|不|没|沒|未|否|别|無|无|いいえ|ません",
    "ない|아니|않|못|없|гүй",
)

# They hold a no and deny nothing.
HARMLESS: Final = _phrases(
    "no problem|no problems|no objection|no objections|no further|no question|no questions",
    "no comment",
    "no comments|no change|no changes|no later than|no worries|not only|why not|nota verbal no",
    "note verbale no|tidak masalah|tidak ada masalah|tidak keberatan|không vấn đề|pas de problème",
    "ไม่มีปัญหา|没问题|沒問題|問題ない|문제없",
)

# Before and after these stand two statements.
TURNS: Final = _phrases(
    "but|however|although|though|tetapi|tapi|namun|pero|mais|mas|nhưng|কিন্তু|लेकिन|لیکن",
    "اما|ولكن|แต่",
)

# What follows is supposed, not said.
SUPPOSED: Final = _phrases(
    "if|whether|unless|jika|kalau|apabila|apakah|nếu|yadi|si vous|wenn|falls"
)

# They are not the office that was meant.
WRONG_ADDRESSEE: Final = _phrases(
    "wrong person|wrong number|wrong address|wrong addressee|wrong contact|wrong office",
    "wrong email",
    "remove me from|remove us from|remove this address|take me off|take us off",
    "unsubscribe me|unsubscribe us",
    "wrong recipient|wrong department|not the right person|not the right contact",
    "not the right office",
    "not the correct person|not the correct contact|not the correct office|not the focal point",
    "not a focal point|not the point of contact|not the responsible|not the intended recipient",
    "not the right addressee|not the competent|no longer the focal point|no longer focal point",
    "no longer the contact|no longer the point of contact|no longer responsible",
    "no longer in charge",
    "no longer work here|no longer work at|no longer work for|no longer works here",
    "no longer works at|no longer works for|no longer working|no longer with the ministry",
    "no longer with this|no longer with us|no longer hold this",
    "no longer holds this",
    "not in charge of|not responsible for this|not my responsibility",
    "have left the ministry|have left the office|have left the service",
    "has left the ministry|has left the office|has left the service",
    "left this position|left this post|not meant for us",
    "sent to me by mistake",
    "received this in error|received your message in error|received this message in error",
    "salah orang|salah nomor|salah alamat|salah kirim|bukan orang yang tepat|bukan saya",
    "tersilap orang",
    "bukan alamat yang tepat|tidak lagi menjabat|sudah pindah tugas|bukan pejabat yang berwenang",
    "maling tao|maling numero|nhầm người|nhầm số|không phải người phụ trách|sai số",
    "ভুল নম্বর|ভুল ব্যক্তি|ভুল ঠিকানা|गलत नंबर|गलत व्यक्ति|غلط نمبر|غلط شخص|شماره اشتباه|شخص اشتباه",
    "رقم خاطئ|الشخص الخطأ|වැරදි අංකය|தவறான எண்|yanlış kişi|yanlış numara|mauvaise personne",
    "mauvais numéro|pas la bonne personne|pas le bon destinataire|pessoa errada|número errado",
    "persona equivocada|número equivocado|falsche person|falsche nummer|nicht zuständig",
    "ผิดคน|ผิดเบอร์|ไม่ใช่ผู้รับผิดชอบ|ຜິດຄົນ|ខុសលេខ|ខុសមនុស្ស|လူမှား|နံပါတ်မှား|发错|發錯|打错",
    "打錯|找错人|人違い|番号違い|잘못 보내",
)

# They take no part in the consultation.
DECLINES: Final = _phrases(
    "we decline|i decline|must decline|decline to|decline the|respectfully decline",
    "declines to|declines the|respectfully declines|will not participate",
    "will not be participating",
    "not participate",
    "will not take part|not take part|not be taking part|not wish to participate",
    "wish not to participate",
    "cannot participate in the consultation|opt not to participate|refuse to participate",
    "tidak akan berpartisipasi|tidak bersedia|tidak ikut serta|tidak akan ikut serta",
    "không tham gia|অংশ নেব না|অংশগ্রহণ করব না|अस्वीकार|نمی پذیریم|نعتذر عن المشاركة",
    "déclinons|décline|ne participerons pas|ne participera pas|não participaremos",
    "não vamos participar",
    "ไม่เข้าร่วมการหารือ|不参加磋商|謝絕|谢绝|불참",
)

# They have it, and must ask at home before they say more.
NEEDS_INSTRUCTIONS: Final = _phrases(
    "need instruction|need instructions|need further instructions|needs instructions",
    "seek instructions",
    "seeking instructions|await instructions|awaiting instructions|waiting for instructions",
    "require instructions|requires instructions|request instructions|requested instructions",
    "requesting instructions|pending instructions|without instructions|subject to instructions",
    "instructions from capital|instructions from our capital|instructions from my capital",
    "consult capital|consult our capital|consult my capital|refer to capital|referred to capital",
    "refer this to our capital|referred this to our capital|need guidance from|await guidance",
    "awaiting guidance|need clearance|awaiting clearance|need approval from|awaiting approval",
    "no instructions yet|not yet received instructions|have not received instructions",
    "menunggu arahan|menunggu instruksi|menunggu petunjuk|perlu arahan|perlu instruksi",
    "minta arahan",
    "memerlukan arahan|menanti arahan|chờ chỉ đạo|xin chỉ đạo|xin ý kiến chỉ đạo|chờ chỉ thị",
    "নির্দেশনার অপেক্ষায়|নির্দেশনা প্রয়োজন|निर्देश की प्रतीक्षा|ہدایات کا انتظار|منتظر هدایت",
    "بانتظار التعليمات",
    "attendons des instructions|attente dinstructions|besoin dinstructions",
    "demandons des instructions",
    "aguardamos instruções|aguardo instruções|talimat bekliyoruz",
    "รอคำสั่ง|รอข้อสั่งการ|ขอคำแนะนำจาก|等待指示|请示上级|請示上級|指示を待|지시를 기다",
)

# Somebody else will come for them.
DELEGATES: Final = _phrases(
    "on my behalf|in my place|in my stead|will represent|will be represented by|be represented by",
    "shall represent|colleague will attend|colleague will join|deputy will attend|deputy will join",
    "alternate will attend|alternate will join|will attend instead|will join instead",
    "designated to attend",
    "nominate|nominates|nominated to attend|delegate to attend|delegated to",
    "mewakili saya|mewakili kami|akan diwakili|diwakili oleh|mewakilkan|thay mặt tôi|sẽ đại diện",
    "আমার পক্ষে|मेरी ओर से|میری جانب سے|به نمایندگی از من|نيابة عني|à ma place|me représentera",
    "nous représentera|em meu lugar|me representará|vertritt mich",
    "เข้าร่วมแทน|มอบหมายให้|代为出席|代為出席|代理出席|代わりに出席|대신 참석",
)

# They will not be at the meeting.
REGRETS: Final = _phrases(
    "cannot attend|cant attend|cannot join|cant join|cannot participate|cant participate",
    "cannot make it",
    "cant make it|unable to attend|unable to join|unable to participate|unable to make it",
    "not able to attend|not able to join|not able to participate|not be able to attend",
    "not be able to join|not be able to participate|will not attend|wont attend",
    "will not join|wont join",
    "not be attending|not be joining|not attend|send our regrets",
    "send my regrets",
    "not available for the meeting|not available at that time|tidak dapat hadir|tidak bisa hadir",
    "tidak dapat menghadiri|berhalangan hadir|berhalangan|tidak dapat bergabung|hindi makakadalo",
    "không thể tham dự|không tham dự được|উপস্থিত থাকতে পারব না|যোগ দিতে পারব না|उपस्थित नहीं हो",
    "شرکت نہیں کر|نمی توانم شرکت|نمی توانیم شرکت|لن أتمكن من الحضور|لن نتمكن من الحضور",
    "نعتذر عن الحضور",
    "pourrons pas participer|pourrai pas participer|pourrai pas assister|pourrons pas assister",
    "não poderei participar|não poderemos participar|no podremos asistir|kann nicht teilnehmen",
    "können nicht teilnehmen|katılamayacağım|katılamayacağız",
    "ไม่สามารถเข้าร่วม|ไม่สะดวกเข้าร่วม|无法参加|無法參加|不能参加|不能參加|无法出席|無法出席",
    "不能出席|欠席|참석할 수 없|참석하지 못",
)

# They will be at the meeting.
WILL_ATTEND: Final = _phrases(
    "will attend|shall attend|will be attending|i will join|we will join|i shall join",
    "we shall join|i will be there|we will be there|ill be there|well be there",
    "i will be present|we will be present|will join the meeting|will join the consultation",
    "will join the call|will be joining the",
    "will participate",
    "shall participate|will be participating|will take part",
    "happy to attend|happy to join|pleased to attend|pleased to join|able to attend|able to join",
    "confirm attendance|confirm our attendance|confirm my attendance|confirm participation",
    "confirm our participation|confirm my participation|confirm the participation",
    "can attend",
    "akan hadir|akan menghadiri|akan bergabung|akan mengikuti|akan ikut|siap hadir|bersedia hadir",
    "dadalo|dadalo kami|sẽ tham dự|sẽ tham gia|উপস্থিত থাকব|যোগ দেব|उपस्थित रहेंगे|शामिल होंगे",
    "شرکت کریں گے|شرکت خواهیم کرد|شرکت می کنیم|سنحضر|سأحضر|سنشارك|participerons|participerai",
    "assisterons|participaremos|asistiremos|werde teilnehmen|werden teilnehmen|katılacağım",
    "katılacağız",
    "จะเข้าร่วม|ยินดีเข้าร่วม|จะเข้าประชุม|会参加|會參加|将出席|將出席|会出席|將參加|出席します",
    "参加します|참석하겠",
)

# A provider or a person reads these, standing alone, as: send no more.
OPT_OUT: Final = _phrases(
    "stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt out|berhenti",
    "unreg|arret|arrêt",
)

# A machine wrote this, whatever else it says.
MACHINE: Final = _phrases(
    "automatic reply|automatic response|automated reply|automated response|automated message",
    "automated email|automated e mail|automatically generated|auto reply|autoreply|auto response",
    "autoresponder|auto responder|system generated|do not reply to this|not reply to this email",
    "this mailbox is not monitored|mailbox is unattended|unattended mailbox|no longer monitored",
    "your request has been received and|ticket has been created|ticket number|case number",
    "reference your ticket",
    "we will get back to you|will respond as soon as|will reply as soon as",
    "respond to your email within",
    "thank you for contacting|terima kasih telah menghubungi|balasan otomatis|jawaban otomatis",
    "pesan otomatis|dibalas otomatis|balasan automatik|jawapan automatik|mesej automatik",
    "awtomatikong tugon|trả lời tự động|thư tự động|phản hồi tự động|স্বয়ংক্রিয় উত্তর|স্বয়ংক্রিয় বার্তা",
    "स्वचालित उत्तर|स्वत जवाफ|خودکار جواب|پاسخ خودکار|رد تلقائي|الرد التلقائي|رسالة تلقائية",
    "ස්වයංක්‍රීය පිළිතුර|தானியங்கி பதில்|otomatik yanıt|réponse automatique|message automatique",
    "resposta automática|mensagem automática|respuesta automática|automatische antwort",
    "автоматический ответ|автоответ|автомат хариу",
    "ตอบกลับอัตโนมัติ|การตอบกลับโดยอัตโนมัติ|ຕອບກັບອັດຕະໂນມັດ|ឆ្លើយតបស្វ័យប្រវត្តិ|ឆ្លើយតបដោយស្វ័យប្រវត្តិ",
    "အလိုအလျောက်|自动回复|自動回覆|自动答复|自動答覆|自動返信|自動応答|자동 응답|자동응답|자동 회신",
)

# Written for whoever writes while the office is empty, unless it begins with a yes.
ABSENCE: Final = _phrases(
    "out of office|out of the office|away from the office|away from my desk|away from my office",
    "i am on leave|im on leave|currently on leave|on annual leave|on sick leave|on maternity leave",
    "am on vacation|am on holiday|am on mission|am on duty travel|am travelling|am currently away",
    "limited access to email|limited access to my email|limited access to e mail",
    "no access to email",
    "office is closed|office will be closed|when i return|upon my return|on my return|sedang cuti",
    "di luar kantor|tidak berada di kantor|di luar pejabat|sedang bercuti|tidak berada di pejabat",
    "sedang dinas luar|wala sa opisina|nghỉ phép|vắng mặt|đi công tác|ছুটিতে আছি",
    "ছুটিতে থাকব|অফিসের বাইরে",
    "अवकाश पर|छुट्टी पर|बिदामा|چھٹی پر|دفتر سے باہر|رخصتی|خارج از دفتر|خارج المكتب|في إجازة",
    "නිවාඩු|விடுமுறையில்|ofis dışında|izinliyim|izindeyim|absent du bureau|je suis absent",
    "je suis absente|je suis en congé|actuellement absent|actuellement en congé|fora do escritório",
    "estou ausente|estarei ausente|de férias|fuera de la oficina|nicht im büro",
    "bin abwesend|im urlaub",
    "в отпуске|нахожусь в отпуске|амралттай",
    "ไม่อยู่ที่สำนักงาน|ไม่อยู่สำนักงาน|ลาพักร้อน|ลาพักผ่อน|อยู่ระหว่างการลา|ບໍ່ຢູ່ຫ້ອງການ|ឈប់សម្រាក|ခွင့်ယူ|ရုံးပြင်ပ",
    "休假|外出中|不在办公室|不在辦公室|出差|休暇|不在に|外出しており|부재중|휴가 중|출장 중",
)

# A mail system wants a person to prove that she is one.
CHALLENGE: Final = _phrases(
    "click the link to verify|confirm that you are human|prove that you are human",
    "prove you are human",
    "verify your email address|verify that you are a real|sender verification|challenge response",
    "your message is being held|your message has been held|your email has been held",
    "awaiting verification",
    "added to my guest list|approved senders list|boxbe|spam arrest|to be delivered please confirm",
    "to deliver your message|one time verification",
)

# Subjects that begin like this were written by a machine; "Re:" in front makes them a person's.
AUTOMATIC_SUBJECTS: Final = _phrases(
    "automatic reply|auto reply|autoreply|auto response|autoresponse|automated reply",
    "automated response",
    "automatic response|auto re|out of office|out of the office|ooo|on leave|vacation",
    "away from office",
    "absence|i am away|balasan otomatis|jawaban otomatis|otomatis|balasan automatik|di luar kantor",
    "tidak berada di kantor|sedang cuti|di luar pejabat|awtomatikong tugon|awtomatikong sagot",
    "trả lời tự động|thư trả lời tự động|phản hồi tự động|স্বয়ংক্রিয় উত্তর|স্বয়ংক্রিয় প্রত্যুত্তর",
    "অফিসের বাইরে",
    "स्वचालित उत्तर|स्वचालित जवाब|स्वत जवाफ|خودکار جواب|پاسخ خودکار|رد تلقائي|الرد التلقائي",
    "خارج المكتب|ස්වයංක්‍රීය පිළිතුර|ස්වයංක්‍රීය පිළිතුරු|தானியங்கி பதில்|தானியங்கு பதில்",
    "otomatik yanıt|otomatik cevap|ofis dışında|réponse automatique|absence du bureau",
    "absent du bureau",
    "resposta automática|fora do escritório|respuesta automática|fuera de la oficina",
    "automatische antwort|abwesend|abwesenheit|abwesenheitsnotiz|automatisch antwoord",
    "risposta automatica",
    "автоматический ответ|автоответ|автомат хариу",
    "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ข้อความตอบกลับอัตโนมัติ|ไม่อยู่ที่สำนักงาน|ຕອບກັບອັດຕະໂນມັດ",
    "ឆ្លើយតបស្វ័យប្រវត្តិ|អการឆ្លើយតបស្វ័យប្រវត្តិ|အလိုအလျောက်|自动答复|自动回复|自動回覆|自動答覆",
    "自動返信|自動応答|자동 회신|자동 응답|자동응답|부재중",
)

# Subjects of machines' reports.
FAILURE_SUBJECTS: Final = _phrases(
    "undeliverable|undelivered mail|delivery status notification|delivery failure|delivery failed",
    "mail delivery failed|mail delivery failure|returned mail|failure notice|message not delivered",
    "message could not be delivered|delivery has failed|tidak terkirim|gagal terkirim",
    "tak dapat dihantar",
    "không gửi được|unzustellbar|non remis|échec de la remise|não entregue|no se puede entregar",
    "ไม่สามารถส่งได้|无法送达|無法傳遞|未送达|配信不能|배달되지 않음|недоставлено",
)
DELAY_SUBJECTS: Final = _phrases(
    "delivery delayed|delayed|warning message|delivery status notification delay|message delayed",
    "warning could not send|mail delivery delayed|tertunda|trì hoãn|verzögert|retardé|atrasada",
)
RECEIPT_SUBJECTS: Final = _phrases(
    "read|not read|read receipt|return receipt displayed|dibaca|telah dibaca|đã đọc",
    "gelesen|lu|lida|leído",
    "อ่านแล้ว|已读|已讀|開封済み|읽음|прочитано|okundu|মেইল পড়া হয়েছে|تمت القراءة",
)

# "… wrote:" above a quotation, in any of these languages.
WROTE: Final = _phrases(
    "wrote|writes|schrieb|a écrit|écrit|escribió|ha scritto|schreef|escreveu|skrev",
    "kirjoitti|napisał",
    "menulis|tulis|telah menulis|isinulat|sumulat|đã viết|viết|লিখেছেন|ने लिखा|लेख्नुभयो",
    "نے لکھا|نوشت",
    "كتب|كتبت|ලියුවා|எழுதியது|எழுதினார்|şunu yazdı|yazdı|написал|написала|пишет|бичсэн",
    "เขียนว่า|เขียน|ຂຽນວ່າ|បានសរសេរ|ရေးသားခဲ့သည်|ရေးခဲ့သည်|写道|寫道|写入|のメール|作成|작성|님이",
)
# The first word of such a line where it is wrapped; a line may begin with a figure instead.
OPENERS: Final = _phrases(
    "on|am|le|el|il|op|em|den|dnia|pada|noong|vào|lúc|tarihinde|на|в|at|kl|a|mon|tue|wed",
    "thu|fri|sat|sun",
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|senin|selasa|rabu|kamis",
    "jumat|sabtu|minggu",
    "در|في|بتاريخ|तारीख|তারিখে",
    "เมื่อ|ใน|ວັນ|នៅ|在|于|於",
)
ORIGINAL_MESSAGE: Final = _phrases(
    "original message|original appointment|forwarded message|begin forwarded message|forwarded by",
    "reply message|pesan asli|pesan terusan|pesan yang diteruskan|mesej asal|orihinal na mensahe",
    "thư gốc|thư đã chuyển tiếp|tin nhắn gốc|মূল বার্তা|ফরওয়ার্ড করা বার্তা|मूल संदेश",
    "اصل پیغام|پیام اصلی",
    "الرسالة الأصلية|رسالة معاد توجيهها|මුල් පණිවිඩය|அசல் செய்தி|message dorigine|message transféré",
    "mensagem original|mensagem encaminhada|mensaje original|ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "orijinal ileti|исходное сообщение|анхны захидал|ข้อความต้นฉบับ|ข้อความที่ส่งต่อ|ຂໍ້ຄວາມຕົ້ນສະບັບ",
    "សារដើម|မူရင်းစာ|原始邮件|原始郵件|转发的邮件|轉寄的郵件|元のメッセージ",
    "転送されたメッセージ|원본 메시지|전달된 메시지",
)

# The first and the further lines of a block of headers above a quotation.
FROM_FIELDS: Final = _phrases(
    "from|dari|daripada|mula kay|từ|প্রেরক|থেকে|प्रेषक|منجانب|از|من|වෙතින්|அனுப்புநர்|kimden|de",
    "von|van|от|хэнээс",
    "จาก|ຈາກ|ពី|မှ|发件人|寄件者|差出人|보낸 사람|보낸사람",
)
OTHER_FIELDS: Final = _phrases(
    "sent|date|to|cc|subject|dikirim|terkirim|tanggal|kepada|perihal|subjek|tarikh|dihantar|hal",
    "đã gửi|ngày|đến|tới|chủ đề|প্রেরিত|তারিখ|প্রাপক|বিষয়|भेजा गया|दिनांक|विषय|بھیجا گیا|تاریخ|موضوع",
    "تم الإرسال|الموضوع|التاريخ|إلى|ارسال|به|gönderme|tarih|kime|konu|envoyé|envoyé le|à",
    "objet|enviado",
    "enviada|assunto|asunto|para|data|fecha|gesendet|datum|an|betreff|отправлено|дата|кому|тема",
    "ส่งเมื่อ|วันที่|ถึง|เรื่อง|ຫົວຂໍ້|ប្រធានបទ|发送时间|日期|收件人|主题|主旨|送信日時|宛先",
    "件名|보낸 날짜|받는 사람|제목",
)

# Lines that a telephone or a mail program adds by itself.
DEVICE_LINES: Final = _phrases(
    "sent from my|sent from outlook|sent from mail for|sent from yahoo|get outlook for",
    "dikirim dari|dihantar dari|dihantar daripada|gửi từ|được gửi từ|envoyé de mon|envoyé depuis",
    "enviado do meu|enviado desde mi|von meinem|gesendet von|отправлено с",
    "ส่งจาก|发自我的|從我的|iphoneから送信|나의 iphone",
)

# Where the small print of an office begins.
DISCLAIMERS: Final = _phrases(
    "disclaimer|confidentiality notice|confidentiality note|if you have received this",
    "if you are not the intended recipient|if you receive this|if you received this",
    "this email and any|this e mail and any|this message and any|this email is confidential",
    "this e mail is confidential|this message is confidential|this message is intended",
    "this email is intended|this communication is intended|the information contained in this",
    "this transmission|this message contains|this email contains|this email may contain",
    "penafian|email ini dan lampiran|pesan ini bersifat rahasia|ce message et toutes",
    "esta mensagem pode",
)

# What a mail system puts above other people's words.
BANNERS: Final = _phrases(
    "caution this email|caution external|external email|this email originated from outside",
    "this message originated from outside|you dont often get email from|warning external",
    "external sender|peringatan email ini berasal dari luar",
)
