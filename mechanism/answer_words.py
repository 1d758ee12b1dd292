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
    "got it|got your|got this|have got|mengesahkan|kami sahkan|rasmi diterima|ricevuto",
    "abbiamo ricevuto",
    "ontvangen|otrzymałem|otrzymaliśmy|mottatt|mottaget|modtaget|receção|recebi|recibimos",
    "he recibido",
    "wir haben ihre nachricht erhalten|erhielten|empfangen|nous avons reçu|jai reçu|ai reçu",
    "رسید|رسید شد|وصلتنا|وصلني|تلقينا|হাতে পেয়েছি|পৌঁছেছে|मिल गया|मिला|पाइयो|مل گیا|ملا",
    "ได้รับ|ได้รับทราบ|接收|敬悉|已阅|拝受|拝見|届きました|接到|접수했",
    "reached us|reached me|has reached|have reached|arrived|in receipt of|taken note",
    "take note|acknowledgements",
    "kami telah terima|terima dengan baik|sudah sampai|telah sampai|telah diterima",
    "sudah diterima|nhận được",
    "recebida|recebidas|recibida|reçue|réception|prenons note|pris note|prenons acte",
    "eingegangen|angekommen|erhielt",
    "zur kenntnis genommen|alınmıştır|ulaştı|получил|получила|получен|получена|авсан|авлаа",
    "получены",
    "دریافت|به دست ما رسید|وصلت|وصل|استلام|موصول|প্রাপ্ত|পৌঁছেছে|प्राप्त|मिला है|ලැබී|ලැබී ඇත",
    "பெற்றோம்|வந்தது",
    "收悉|获悉|悉知|知道了|明白了|受け取|届い|받았|수령|ရရှိ|ទទួលបាន|ໄດ້ຮັບ",
    "we have it|i have it|we got it|i got it",
)

# Yes only where nothing else is said: in other company these are other words.
YES_ALONE: Final = _phrases(
    "1|y|ya|iya|yes|k|kk|ja|si|da|dạ|co|có|oo|sige|ha|haa|hya|hyaa|haan|ji|জি|জী|जी",
    "जी हजुर|हो|جی|هو",
    "baik|oke|benar|betul|vang|được|sin|los|diak|io|ioe|sure|fine|copy|will do|حاضر|за|хорошо|да",
    "是|好|可以|네|예|ครับ|ค่ะ|คะ|ได้|ဟုတ်|ចាស៎|ເຈົ້າ|peki|certo|ho|hajur|han|evet|eng|choi|ئو",
    "bale|baleh",
    "si señor|bene|dobrze|ano|da primljeno",
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
    "吗|嗎|ไหม|หรือยัง|kono wala|walang|nie|ikke|inte|niet|geen",
    "nothing|nobody|none|noone|deny|denies|denied|tiada|gagal",
    "rien|personne|aucune réception",
    "ninguém|nadie|ningún|nada|niemand|nichts|nikt|никто|ничего|chẳng|هیچ|ہرگز|নিশ্চিত নই",
    "نکرد|نکردیم|نکرده|نشده|نیافت|کسی",
    "menolak|refusing|withhold|withholds|withholding|rehúsamos|refusons|refuse de|từ chối",
    "প্রত্যাখ্যান|रद्द|رد می کنیم|نرفض|ปฏิเสธ|拒绝|拒絕|拒否|거부",
)

# They hold a no and deny nothing.
HARMLESS: Final = _phrases(
    "no problem|no problems|no objection|no objections|no further|no question|no questions",
    "no comment",
    "this will confirm|this will acknowledge|this shall confirm|walang problema|no doubt",
    "if any|if needed",
    "no comments|no change|no changes|no later than|no worries|not only|why not|nota verbal no",
    "note verbale no|tidak masalah|tidak ada masalah|tidak keberatan|không vấn đề|pas de problème",
    "ไม่มีปัญหา|没问题|沒問題|問題ない|문제없",
    "without prejudice|nothing further|nothing else|nothing more|none at this stage",
    "no one else|nobody else|no doubt|no reply needed|no answer needed|no need",
)

# Before and after these stand two statements.
TURNS: Final = _phrases(
    "but|however|although|though|tetapi|tapi|namun|pero|mais|mas|nhưng|কিন্তু|लेकिन|لیکن",
    "اما|ولكن|แต่",
)

# What follows is supposed, not said.
SUPPOSED: Final = _phrases(
    "if|whether|unless|jika|kalau|apabila|apakah|nếu|yadi|si vous|wenn|falls"
    "once|until|unless and until|after we|when we have|as soon as we|setelah|sebelum|bila",
    "sepanjang|หาก|ถ้า|如果|若|もし|만약",
    "lorsque|dès que|sobald|cuando|quando|eğer|если|когда|যদি|अगर|यदि|اگر|إذا|عندما|khi|sau khi",
)

# They ask for a yes, or promise one; they give none.
ASKED: Final = _phrases(
    "please confirm|please acknowledge|kindly confirm|kindly acknowledge|pls confirm|plz confirm",
    "can you confirm|could you confirm|could you please confirm|can you please confirm",
    "would you confirm|would you please confirm|grateful if you could|ask you to confirm",
    "request you to confirm|wish you to confirm|need you to confirm|awaiting your confirmation",
    "await your confirmation|waiting for your confirmation|will confirm|shall confirm",
    "will acknowledge|shall acknowledge|would confirm|may confirm|might confirm|hope to confirm",
    "will be confirmed|to be confirmed|will be acknowledged|yet to confirm|yet to receive",
    "has anybody|has anyone|have you received|did you receive|who has received|who received",
    "mohon konfirmasi|mohon dikonfirmasi|harap konfirmasi|tolong konfirmasi|akan konfirmasi",
    "akan kami konfirmasi|akan mengonfirmasi|menunggu konfirmasi|sila sahkan|akan disahkan",
    "vui lòng xác nhận|xin xác nhận lại|đề nghị xác nhận|sẽ xác nhận|anh đã nhận|bạn đã nhận",
    "veuillez confirmer|merci de confirmer|pouvez vous confirmer|confirmerons|avez vous reçu",
    "por favor confirme|favor confirmar|confirmaremos|bitte bestätigen|werden bestätigen",
    "lütfen teyit|lütfen onayla|прошу подтвердить|подтвердите|просьба подтвердить",
    "অনুগ্রহ করে নিশ্চিত|कृपया पुष्टि|براہ کرم تصدیق|لطفا تایید|يرجى التأكيد|الرجاء التأكيد",
    "กรุณายืนยัน|โปรดยืนยัน|ขอให้ยืนยัน|จะยืนยัน|请确认|請確認|请告知是否|ご確認",
    "確認してください|확인 부탁|확인해 주",
)

# A person says them on purpose; a note for whoever writes does not.
DELIBERATE: Final = _phrases(
    "confirm receipt|confirms receipt|confirming receipt|acknowledge receipt|acknowledges receipt",
    "acknowledging receipt|receipt confirmed|receipt acknowledged|receipt is acknowledged",
    "receipt is confirmed|acknowledge your|acknowledges your|hereby confirm|hereby acknowledge",
    "await instructions|awaiting instructions|will attend|shall attend|decline|declines",
    "on behalf of the|konfirmasi penerimaan|mengonfirmasi penerimaan|mengesahkan penerimaan",
    "accusons réception|accuse réception|acusamos|acuso|bestätigen den eingang|bestätige den",
    "xác nhận đã nhận|প্রাপ্তি স্বীকার|পুष्टि|تایید می کنیم|نؤكد استلام|ยืนยันการได้รับ",
    "ขอยืนยัน|确认收到|確認收到|수신 확인",
)

# A counter says them to whoever comes, whatever it goes on to say.
SERVICE: Final = _phrases(
    "thank you for contacting|thanks for contacting|thank you for your enquiry",
    "thank you for reaching",
    "terima kasih telah menghubungi|terima kasih kerana menghubungi|cảm ơn bạn đã liên hệ",
    "merci de nous avoir contactés|gracias por contactar|obrigado por contactar",
    "danke für ihre anfrage|спасибо за обращение|bizimle iletişime geçtiğiniz",
    "যোগাযোগ করার জন্য ধন্যবাদ",
    "ขอบคุณที่ติดต่อ|感谢您的来信|感谢您联系|感謝您的來信|お問い合わせいただき",
    "お問い合わせありがとう|문의해 주셔서",
)

# A machine may have been given these words, and so may a person's habit.
CANNED: Final = _phrases(
    "your message has been received|your email has been received|your e mail has been received",
    "your mail has been received|your enquiry has been received|your inquiry has been received",
    "your request has been received|your correspondence has been received|has been received and",
    "we have received your email and|we have received your message and will",
    "we have received your enquiry|we have received your inquiry|we have received your request",
    "will respond as soon as|will reply as soon as|will get back to you as soon as",
    "will be answered|will be processed|will be dealt with|will be attended to|will be responded",
    "get back to you within|respond within|reply within|within 24 hours|within 48 hours",
    "working days|business days|office hours|working hours|business hours|opening hours",
    "thank you for your email|thank you for writing|thank you for your interest",
    "ticket number|case number|your reference number|reference your ticket",
    "akan segera kami balas|akan segera ditindaklanjuti|hari kerja",
    "jam kerja|hari bekerja|waktu pejabat|sẽ phản hồi|sẽ trả lời|giờ làm việc",
    "nous vous répondrons|dans les plus brefs délais|responderemos|responderemos lo antes posible",
    "wir werden uns|so bald wie möglich|в ближайшее время|рабочих дней",
    "खूप धन्यवाद|जल्द ही जवाब|جلد جواب|در اسرع وقت|في أقرب وقت|سيتم الرد",
    "จะติดต่อกลับ|จะตอบกลับ|เวลาทำการ|尽快回复|盡快回覆|尽快给您|盡快給您|尽快与您|工作日",
    "早急に|営業時間|追ってご連絡|",
    "빠른 시일|영업시간",
    "click here|click the link|click on the link|click below|click the button|klik di sini",
    "klik tautan|haga clic|cliquez|klicken sie|clique aqui|nhấp vào|tıklayın|нажмите|คลิก",
    "点击|點擊|クリック|클릭",
    "is being reviewed|being reviewed by|assigned an id|support staff|support team",
    "service desk|help desk|customer service|auto generated|our team will|a member of our",
    "someone will get back|one of our",
    "case has been|has been logged|has been registered|has been assigned",
    "has been forwarded to the relevant|reach out shortly|reach out to you|be in touch",
    "contact you shortly|reply shortly|respond shortly|answer shortly|your case|case id",
    "reference number|registration number|given the number",
    "permintaan anda|pengaduan anda|pertanyaan anda|email anda sudah|email anda telah",
    "pesan anda sudah|pesan anda telah|akan kami proses|akan kami balas",
    "akan menghubungi anda|akan membalas|segera membalas|segera menghubungi|nomor tiket",
    "mesej anda telah|e mel anda|akan dibalas",
    "yêu cầu của bạn|email của bạn|sẽ liên hệ|trong vòng 24|sẽ sớm|mã yêu cầu",
    "sớm nhất có thể|আপনার অনুরোধ|শীঘ্রই|যোগাযোগ করব|आपका अनुरोध|शीघ्र|जल्द|संपर्क करेंगे",
    "आपकी शिकायत|تپاسو|جلد از جلد|تماس خواهیم|درخواست شما|آپ کی درخواست|جلد رابطہ|طلبكم",
    "طلبك|سنتواصل|سيتم التواصل|سنرد",
    "votre demande|vous répondra|vous répondrons|vous contactera|sous 48 heures",
    "sous 24 heures|un agent|meilleurs délais|su solicitud|su consulta|le contestaremos",
    "le responderemos|mayor brevedad|a la brevedad|nos pondremos en contacto|o seu pedido",
    "a sua solicitação|entraremos em contato|entraremos em contacto|o mais breve",
    "ihre anfrage|ihr anliegen|schnellstmöglich|in kürze|melden uns|bearbeitungsnummer",
    "vorgangsnummer|talebiniz|başvurunuz|en kısa sürede|dönüş yapıla|dönüş yapacağ",
    "ваше обращение|ваш запрос|заявка|зарегистрировано|зарегистрирован|ожидайте|свяжемся",
    "ответим вам|la sua richiesta|la ricontatteremo|uw aanvraag|zo spoedig mogelijk",
    "nemen contact",
    "คำร้อง|คำขอของท่าน|โดยเร็วที่สุด|ติดต่อท่าน|หมายเลขเคส|您的请求|您的申请|工单|与您联系",
    "與您聯繫|受理编号|您的來信已|お問い合わせ|担当者より|折り返し|受付番号|문의가",
    "접수되었|담당자가 곧|연락드리|답변드리|접수번호",
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
    "wrong guy|wrong man|wrong desk|wrong unit|wrong ministry|wrong agency|wrong team",
    "wrong section|got the wrong|have the wrong|reached the wrong",
    "i retired|have retired|i am retired|now retired|does not fall under",
    "not fall under our|not under our|outside our mandate|outside our remit|not within our",
    "not our mandate|falls outside|not our task|not our matter|not our business|not for us",
    "not concern us|does not concern our|have moved to another|moved to another",
    "no longer handle|no longer handles|no longer deal",
    "bukan bagian kami|bukan bidang kami|bukan kewenangan|bukan urusan kami",
    "bukan tugas kami|bukan tanggung jawab kami|sudah pensiun|telah bersara",
    "bukan bidang tugas|không thuộc thẩm quyền|không phải bộ phận|đã nghỉ hưu",
    "আমার দায়িত্ব নয়|অবসর নিয়েছি|मेरी जिम्मेदारी नहीं|میری ذمہ داری نہیں|مسئول نیستم",
    "مربوط به ما نیست|لا يخصنا|لست المسؤول|لسنا الجهة",
    "pas de notre compétence|pas de notre ressort|não é da nossa competência",
    "no es de nuestra competencia|nicht in unsere zuständigkeit|не по адресу",
    "не относится к нашей",
    "ไม่เกี่ยวข้องกับ|ไม่ใช่หน้าที่|ไม่อยู่ในความรับผิดชอบ|เกษียณ|不归我们|不歸我們|不是我们负责",
    "不是负责人|不是我负责|担当ではありません|担当ではない|담당이 아닙|담당자가 아닙",
    "담당 아닙",
    "i left the ministry|i left the office|i left the department|i have left|left this job",
    "do not handle this|dont handle this|do not handle such|do not deal with this",
    "dont deal with this|not phụ trách|không phụ trách|please contact somebody else",
    "someone else handles|somebody else handles|matter is not ours|matter is not mine",
    "matter is not for|the matter is not",
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
    "choose not to|prefer not to|not to take part|shall not participate",
    "shall not take part|will abstain|shall abstain|will refrain|opt out of|stay out of",
    "refuse to take part|tidak akan mengikuti|tidak berpartisipasi|sẽ không tham gia",
    "không muốn tham gia",
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
    "cant make|cannot make the|cant come|cannot come|cannot be there|cant be there",
    "not be there|wont be able to|wont make|regret that we|regret that i|regret that no",
    "regret that nobody|regret we cannot|regret i cannot|not be present|will be absent",
    "berhalangan|tidak akan hadir|belum bisa hadir|không dự được|no asistiremos",
    "ne viendrons pas|ne serons pas|werden nicht teilnehmen|nehmen nicht teil|gelemeyeceğ",
    "не сможем|не сможет",
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
    "kami hadir|saya hadir|insya allah hadir|pasti hadir|we are attending|i am attending",
    "we are joining|i am joining|count us in|count me in|see you there",
    "see you at the meeting|nous serons présents|je serai présent|wir kommen",
    "wir nehmen teil|примем участие|будем участвовать",
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
    "ticket has been created|ticket has been opened|your ticket has been|a new ticket",
    "no reply address",
    "this inbox is not monitored|this address is not monitored|please do not respond to this",
    "sent automatically|generated automatically|your meeting was forwarded",
    "has forwarded your meeting",
    "would like to recall the message|balasan otomatis|jawaban otomatis",
    "pesan otomatis|dibalas otomatis|balasan automatik|jawapan automatik|mesej automatik",
    "awtomatikong tugon|trả lời tự động|thư tự động|phản hồi tự động|স্বয়ংক্রিয় উত্তর|স্বয়ংক্রিয় বার্তা",
    "स्वचालित उत्तर|स्वत जवाफ|خودکار جواب|پاسخ خودکار|رد تلقائي|الرد التلقائي|رسالة تلقائية",
    "ස්වයංක්‍රීය පිළිතුර|தானியங்கி பதில்|otomatik yanıt|réponse automatique|message automatique",
    "resposta automática|mensagem automática|respuesta automática|automatische antwort",
    "автоматический ответ|автоответ|автомат хариу",
    "ตอบกลับอัตโนมัติ|การตอบกลับโดยอัตโนมัติ|ຕອບກັບອັດຕະໂນມັດ|ឆ្លើយតបស្វ័យប្រវត្តិ|ឆ្លើយតបដោយស្វ័យប្រវត្តិ",
    "အလိုအလျောက်|自动回复|自動回覆|自动答复|自動答覆|自動返信|自動応答|자동 응답|자동응답|자동 회신",
    "risposta automatica|automatisch antwoord|automatisch bericht|odpowiedź automatyczna|autosvar",
    "automatisk svar|automatiskt svar|automaattinen vastaus|automatická odpověď|automatikus válasz",
    "răspuns automat|αυτόματη απάντηση|תשובה אוטומטית|автоматична відповідь|automatski odgovor",
    "diese e mail wurde automatisch|wurde automatisch erstellt|généré automatiquement",
    "ne pas répondre à ce",
    "nicht auf diese e mail|no responda a este|não responda a este|jangan membalas email ini",
    "mohon tidak membalas|jangan balas|tidak perlu membalas|vui lòng không trả lời",
    "không trả lời thư này",
    "این پیام به صورت خودکار|جواب خودکار|এটি একটি স্বয়ংক্রিয়|यह एक स्वचालित|هذه رسالة آلية|رد آلي",
    "กรุณาอย่าตอบกลับ|ข้อความอัตโนมัติ|请勿回复|請勿回覆|系统自动|系統自動|自動送信",
    "自動的に送信|자동으로 발송|발신 전용",
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
    "out of town|away on business|on official travel|on official mission|on duty leave",
    "on parental leave",
    "am away|will be away|be away from|be out of office|am out of the country",
    "on home leave|on study leave",
    "currently unavailable|not in the office|returning to the office|back in the office",
    "sono fuori ufficio|fuori sede|in ferie|afwezig|niet op kantoor|met vakantie",
    "poza biurem|na urlopie",
    "på semester|på ferie|lomalla|mimo kancelář|szabadságon|în concediu|εκτός γραφείου",
    "у відпустці|na odmoru",
    "in vacanza|en vacaciones|ausente de la oficina|de vacaciones|em férias|fora do país|abwesend",
    "au repos|hors du bureau|en mission à|işyerinde değilim|yıllık izin|командировке|отсутствую",
    "sa bakasyon|naka leave|wala po ako|sedang tugas luar|sedang dalam perjalanan dinas",
    "bercuti|cuti sakit",
    "đi vắng|không có mặt tại|ছুটিতে|দপ্তরের বাইরে|अवकाशमा|कार्यालय से बाहर|कार्यालय बाहिर",
    "چھٹیوں پر|مرخصی|در سفر",
    "في مهمة|خارج البلاد|غائب|விடுமுறை|කාර්යාලයෙන් බැහැර|ලීව්|အလုပ်ခရီး|ខ្ញុំមិននៅ|ច្បាប់ឈប់",
    "ພັກວຽກ|ລາພັກ",
    "ติดราชการ|ไปราชการ|ลาป่วย|不在公司|外出|公出|请假|請假|席を外し|出張|夏季休業|자리를 비|휴무",
    "i am travelling|im travelling|currently travelling|travelling with|patchy internet",
    "no internet|limited internet|limited connectivity|di luar kota|outstation",
    "sedang di luar|minggu depan",
)

# A mail system wants a person to prove that she is one.
CHALLENGE: Final = _phrases(
    "click the link to verify|confirm that you are human|prove that you are human",
    "prove you are human",
    "verify your email address|verify that you are a real|sender verification|challenge response",
    "your message is being held|your message has been held|your email has been held",
    "awaiting verification",
    "added to my guest list|approved senders list|boxbe|spam arrest|to be delivered please confirm",
    "one time verification|sender verification|only from senders|senders i have approved",
    "approved beforehand",
    "short request form|complete the captcha|solve the captcha|captcha|confirm you are not a robot",
    "prove you are not a robot|release your message|reply to this message to confirm|whitelisted",
    "click here to confirm your|click the link below to confirm|authenticate your email",
    "anti spam system",
    "konfirmasi bahwa anda manusia|xác minh địa chỉ email|验证您的邮件|驗證您的郵件",
    "allowed senders|anti spam solution|antispam solution|spamblocker|spam blocker",
    "validate your sending|validate your email|validate your address|authenticate yourself",
    "please authenticate|has been held|is being held pending|request that i add you",
    "add you to my list|add you to my address book|not in my address book",
    "unknown sender verification",
    "prove that it is you|prove its you|too much spam|get too much spam|tap the button",
    "press the button to confirm|was held for review|held for review by|was quarantined",
    "you are a person|youre a person|you are a real person|you are human|you are a human",
    "youre human|youre a human|you are a human being|you are not a robot|youre not a robot",
    "you are not a bot|not a machine|a real person press|a real person click|human verification",
    "verify your identity|verify yourself|verify you are|verification link",
    "verification required|to complete delivery|complete the delivery|completes the delivery",
    "until you authenticate|until your address is confirmed",
    "will be delivered once|delivered once you|delivered as soon as you|released once you",
    "message is in quarantine|mail is in quarantine|email is in quarantine",
    "sie ein mensch sind|sie kein roboter|du kein roboter|êtes une personne|êtes un humain",
    "êtes humain|pas un robot|bukan robot|anda manusia|không phải là robot|không phải robot",
    "là con người|ไม่ใช่โปรแกรมอัตโนมัติ|ไม่ใช่หุ่นยนต์|ไม่ใช่บอท|不是机器人|不是機器人|真人|ロボットではない",
    "로봇이 아|no es un robot|no eres un robot|es una persona real|não é um robô|вы не робот",
    "что вы человек|robot olmadığınızı|nie jesteś robotem|لست روبوتا|ربات نیستید",
    "روبوٹ نہیں|रोबोट नहीं हैं|রোবট নন|non sei un robot|geen robot bent|inte är en robot",
)

# What asks for a press of a finger: in words that are not understood, a machine's.
PRESS: Final = _phrases(
    "click|clicking|click here|tap here|press here|following this link|follow this link",
    "follow the link|link below|button below|the button|klicken|anklicken|cliquez|cliquant",
    "mengklik|klik|nhấp|คลิก|กดลิงก์|点击|點擊|单击|クリック|클릭|क्लिक|ক্লিক|کلیک|کلک|انقر|اضغط",
    "haga clic|clic|clique|нажмите|перейдите|tıklayın|tıklayınız|kliknij|klikni|klicka|spam filter",
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
    "auto svar|autosvar|automatisk svar|automatiskt svar|automaattinen vastaus",
    "odpowiedź automatyczna",
    "automatická odpověď|automatikus válasz|răspuns automat|αυτόματη απάντηση|תשובה אוטומטית",
    "автоматична відповідь|automatski odgovor|samodejni odgovor|automatinis atsakymas|autoantwort",
    "meeting forward notification|notification de transfert de réunion|auto|autoreply from",
    "on vacation",
    "on holiday|on annual leave|away from my desk|away from the office|i am out|bin nicht im büro",
    "nicht im haus|ausente|férias|ausencia|de vacaciones|в отпуске|отсутствие|izinde",
    "sedang tugas luar",
    "vắng mặt|nghỉ phép|ছুটিতে|अवकाश|چھٹی|مرخصی|جواب خودکار|إجازة|خارج مکتب|නිවාඩු",
    "விடுமுறை|ခွင့်|ច្បាប់ឈប់|ລາພັກ",
    "ลาพักร้อน|ไปราชการ|休假|外出|出差|不在|休暇|휴가|출장",
    "poza biurem|nieobecność|nieobecny|frånvarande|fraværende|poissa|ei paikalla",
    "nepřítomnost|távollét|absent|απουσία|bez przytomności|afwezig|afwezigheid|assente",
    "assenza|fuori ufficio|luar daerah|cuti",
)

# The same wherever they stand in a subject, but right behind a "Re:".
AUTOMATIC_ANYWHERE: Final = _phrases(
    "automatic reply|auto reply|autoreply|automated reply|automatic response|automated response",
    "auto response|autoresponse|autoresponder|out of office|out of the office|ooo auto|auto svar",
    "balasan otomatis|jawaban otomatis|balas otomatis|balasan automatik|jawapan automatik",
    "trả lời tự động|phản hồi tự động|réponse automatique|respuesta automática|resposta automática",
    "automatische antwort|abwesenheitsnotiz|automatisch antwoord|risposta automatica",
    "otomatik yanıt",
    "автоматический ответ|автоответ|স্বয়ংক্রিয় উত্তর|स्वचालित उत्तर|رد تلقائي|پاسخ خودکار|خودکار جواب",
    "อัตโนมัติ|ອັດຕະໂນມັດ|ស្វ័យប្រវត្តិ|အလိုအလျောက်|自动答复|自动回复|自動回覆|自動答覆",
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
    "delivery notification|permanent delivery failure|delivery problem|mail failure",
    "mail undeliverable|undeliverable mail",
    "undeliverable message|message undeliverable|mail delivery error",
    "email delivery failure|failed delivery|failure delivery",
    "non delivery|non delivery report|nondeliverable|could not be delivered",
    "cannot be delivered|not delivered|returned to sender",
    "user unknown|host unknown|mailbox full|mailbox is full|over quota|message rejected",
    "mail rejected|rejected mail|email rejected",
    "message you sent blocked|message blocked|mail system error|returned to you|bounce",
    "bounced mail|undelivered",
    "mail delivery status|message status undeliverable|mail delivery problem|mail returned",
    "return mail|unable to deliver",
    "nachricht konnte nicht zugestellt|zustellung fehlgeschlagen|unzustellbare",
    "message non distribué|non distribué|non délivré",
    "remise impossible|no se pudo entregar|no entregado|mensaje devuelto",
    "não foi possível entregar|não foi entregue|mensagem devolvida|mancata consegna",
    "impossibile recapitare",
    "onbestelbaar|niet bezorgd|niedostarczalne|niedostarczona|teslim edilemedi|iletilemedi",
    "недоставленное|не доставлено|недоставленa|не удалось доставить",
    "pesan tidak dapat dikirim|tidak dapat dikirim|tidak dapat terkirim|gagal dikirim",
    "tidak sampai|gagal dihantar|không thể gửi|thư bị trả lại|gửi không thành công",
    "تعذر التسليم|فشل التسليم|لم يتم التسليم|تحویل نشد|ارسال نشد|ڈیلیور نہیں",
    "বিতরণ করা যায়নি|वितरित नहीं",
    "ส่งไม่สำเร็จ|ไม่สามารถส่ง|ส่งไม่ได้|退信|退回|投递失败|投遞失敗|傳送失敗|发送失败|配信エラー",
    "配信できません|送信エラー|送信できません|전송 실패|반송|수신 실패",
    "rejected posting|posting rejected|not authorized|thư không gửi được",
    "delivery notification delivery has failed",
)
FAILURE_TEXTS: Final = _phrases(
    "this is the qmail send program|created automatically by mail delivery software",
    "could not be delivered to one or more|could not be delivered to all|permanent fatal errors",
    "permanent fatal delivery errors|transcript of session follows",
    "transcript of the session follows",
    "did not reach some or all of|did not reach the following recipient|wasnt delivered to",
    "was not delivered to|was not delivered because|the following address es failed",
    "following addresses failed|following recipients failed|following recipient s failed",
    "delivery to the following recipient|delivery has failed to these|delivery to these recipients",
    "undeliverable recipient|returned to sender|this is a delivery status notification",
    "undeliverable mail",
    "cannot be delivered|unrouteable address|unroutable address|delivery failure notification",
    "unable to deliver your message|unable to deliver the message|could not deliver message",
    "could not deliver your message|not be delivered to the following|rejected your message",
    "your message was rejected|your email was rejected|your message was blocked",
    "has not been delivered",
    "blocked by our spam|spam firewall|recipient address rejected|resolver adr|rcpt to",
    "550 5 1 1|550 5 1 10|550 5 7 1|554 5 7 1|552 5 2 2|mailbox unavailable|no such user here",
    "konnte nicht zugestellt werden|fehler bei der nachrichtenzustellung|na pas pu être remis",
    "échec de la remise|no se pudo entregar|no se ha podido entregar|falha na entrega",
    "não pôde ser entregue|non è stato possibile recapitare|teslim başarısız",
    "iletiniz teslim edilemedi",
    "не было доставлено|не удалось выполнить доставку|не удалось доставить",
    "pengiriman gagal|gagal mengirim pesan|penghantaran gagal|không thể gửi thư|không gửi được đến",
    "فشل التسليم|تعذر تسليم",
    "การจัดส่งไปยังผู้รับ|ไม่สามารถส่งข้อความ|未能将邮件传递|無法傳遞|邮件被退回|未能成功投递",
    "投递失败|への配信に失敗|配信できませんでした|전송하지 못했|배달하지 못했",
)
DELAY_TEXTS: Final = _phrases(
    "has not yet been delivered|not been delivered yet|this is a warning only|warning message only",
    "will be retried|still being retried|is delayed|delivery incomplete",
    "delivery attempts will continue",
    "will retry for|will keep trying|will continue to try|do not need to resend|still in the queue",
    "temporary problem delivering|noch nicht zugestellt|na pas encore été remis|belum terkirim",
    "still pending|attempted again|delivery will be attempted|delivery is being retried",
    "will be tried again|still trying|no action is required on your part|not yet delivered",
    "temporarily delayed|temporarily deferred|wird verzögert|ditunda|tertunda",
)
RECEIPT_TEXTS: Final = _phrases(
    "your message was read on|was read on|return receipt|this is a receipt for the mail",
    "this is a return receipt for|the message was displayed|was displayed on the recipients",
    "message has been displayed|no guarantee that the message has been read",
    "deleted without being read",
    "was deleted without|lesebestätigung|accusé de lecture|confirmación de lectura",
    "tanda terima baca",
)
ROOM_TEXTS: Final = _phrases(
    "your request was accepted|your request was declined|your meeting request was accepted",
    "your meeting request was declined|sent by microsoft exchange server|resource booking",
    "this resource has been|the room has been booked|automatically accepted|automatically declined",
    "automatically processed",
)
DAEMON_NAMES: Final = _phrases(
    "mail delivery subsystem|mail delivery system|mailer daemon|mail deliver|courier mail server",
    "internet mail delivery|mail administrator|delivery subsystem|postmaster|microsoft exchange",
)
DELAY_SUBJECTS: Final = _phrases(
    "delivery delayed|delayed|warning message|delivery status notification delay|message delayed",
    "warning could not send|mail delivery delayed|tertunda|trì hoãn|verzögert|retardé|atrasada",
    "message pending|warning message delayed|delivery pending|zustellung verzögert",
    "entrega retrasada|livraison retardée|pengiriman tertunda|ล่าช้า|延迟|延遲|遅延|지연",
)
RECEIPT_SUBJECTS: Final = _phrases(
    "read|not read|read receipt|return receipt displayed|dibaca|telah dibaca|đã đọc",
    "gelesen|lu|lida|leído",
    "อ่านแล้ว|已读|已讀|開封済み|읽음|прочитано|okundu|মেইল পড়া হয়েছে|تمت القراءة",
    "lettura|letto|gelezen|läst|læst|lest|luettu|przeczytane|przeczytano|přečteno|olvasott",
    "αναγνώστηκε|citit",
    "مقروءة|خوانده شد|पढ़ा गया|ungelesen|non lu|no leído|não lida|belum dibaca|chưa đọc",
    "nicht gelesen|niet gelezen",
    "ยังไม่ได้อ่าน|未读|未讀|未開封|읽지 않음|не прочитано|okunmadı|delivered|relayed",
    "zugestellt|remis|entregado|entregue|terkirim",
    "已送达|配信済み|배달됨|доставлено|return receipt|disposition notification|recall",
    "message recall success|message recall failure",
    "message recall|rückruf|rappel|recordar|撤回|lesebestätigung|accusé de lecture",
    "confirmación de lectura|confirmação de leitura",
)

# "… wrote:" above a quotation, in any of these languages.
WROTE: Final = _phrases(
    "wrote|writes|schrieb|a écrit|écrit|escribió|ha scritto|schreef|escreveu|skrev",
    "kirjoitti|napisał",
    "menulis|tulis|telah menulis|isinulat|sumulat|đã viết|viết|লিখেছেন|ने लिखा|लेख्नुभयो",
    "نے لکھا|نوشت",
    "كتب|كتبت|ලියුවා|எழுதியது|எழுதினார்|şunu yazdı|yazdı|написал|написала|пишет|бичсэн",
    "เขียนว่า|เขียน|ຂຽນວ່າ|បានសរសេរ|ရေးသားခဲ့သည်|ရေးခဲ့သည်|写道|寫道|写入|のメール|作成|작성|님이",
    "napsal|napsala|írta|a scris|έγραψε|כתב|כתבה|написав|пише|написа|ha escrit|a scrie",
    "skrev følgende|geschreven|thus wrote",
    "sent the following|ने लेखे|لیکل|さんは書きました",
    "wrote the following",
)
# The first word of such a line where it is wrapped; a line may begin with a figure instead.
OPENERS: Final = _phrases(
    "on|am|le|el|il|op|em|den|dnia|pada|noong|vào|lúc|tarihinde|на|в|at|kl|a|mon|tue|wed",
    "thu|fri|sat|sun",
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|senin|selasa|rabu|kamis",
    "jumat|sabtu|minggu",
    "در|في|بتاريخ|तारीख|তারিখে",
    "เมื่อ|ใน|ວັນ|នៅ|在|于|於",
    "dne|den|på|kirjoitti|w dniu|dnia|в ср|у|στις|ב|il giorno|op|le|em|el|lör|sön|on|tir",
    "ons|tor|fre|man",
)
# The first word where the announcement names nobody's hour.
QUOTING: Final = _phrases("quoting|zitat von|citando|mengutip|selon|cytowanie|citerar|quotando")
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
    "messaggio originale|messaggio inoltrato|inizio messaggio inoltrato",
    "oorspronkelijk bericht|doorgestuurd bericht",
    "ursprungligt meddelande|vidarebefordrat meddelande|oprindelig meddelelse",
    "videresendt meddelelse|opprinnelig melding|videresendt melding",
    "alkuperäinen viesti|edelleenlähetetty viesti|wiadomość oryginalna",
    "wiadomość przekazana|původní zpráva|přeposlaná zpráva|eredeti üzenet",
    "mensaje reenviado|inicio del mensaje reenviado|início da mensagem reencaminhada",
    "début du message transféré|début du message réexpédié",
    "anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e mail",
    "iletilen ileti|пересылаемое сообщение|начало переадресованного сообщения",
    "pesan yang diteruskan|awal pesan yang diteruskan|mesej yang dimajukan",
    "mulakan mesej dimajukan|bắt đầu thư được chuyển tiếp|原始邮件信息|转发邮件|轉寄郵件",
    "原始信件|転送メッセージ|원본 메일|전달된 메일",
)

# The first and the further lines of a block of headers above a quotation.
FROM_FIELDS: Final = _phrases(
    "from|dari|daripada|mula kay|từ|প্রেরক|থেকে|प्रेषक|منجانب|از|من|වෙතින්|அனுப்புநர்|kimden|de",
    "von|van|от|хэнээс",
    "จาก|ຈາກ|ពី|မှ|发件人|寄件者|差出人|보낸 사람|보낸사람",
    "da|från|fra|lähettäjä|od|feladó|expéditeur|αποστολέας|מאת|від|от кого|من قبل|寄件人",
    "发件者|送信者|발신|발신자",
)
OTHER_FIELDS: Final = _phrases(
    "sent|date|to|cc|subject|dikirim|terkirim|tanggal|kepada|perihal|subjek|tarikh|dihantar|hal",
    "đã gửi|ngày|đến|tới|chủ đề|প্রেরিত|তারিখ|প্রাপক|বিষয়|भेजा गया|दिनांक|विषय|بھیجا گیا|تاریخ|موضوع",
    "تم الإرسال|الموضوع|التاريخ|إلى|ارسال|به|gönderme|tarih|kime|konu|envoyé|envoyé le|à",
    "objet|enviado",
    "enviada|assunto|asunto|para|data|fecha|gesendet|datum|an|betreff|отправлено|дата|кому|тема",
    "ส่งเมื่อ|วันที่|ถึง|เรื่อง|ຫົວຂໍ້|ប្រធានបទ|发送时间|日期|收件人|主题|主旨|送信日時|宛先",
    "件名|보낸 날짜|받는 사람|제목",
    "skickat|sendt|til|till|ämne|emne|lähetetty|vastaanottaja|aihe|wysłano|do|temat",
    "odesláno|předmět|komu|küldve|címzett|tárgy",
    "inviato|oggetto|a|verzonden|aan|onderwerp|enviado el|fecha de envío|enviada em",
    "destinataire|copie|kopi|kopia|salinan|tembusan|cc bcc|reply to|importance",
    "dihantar pada|kepentingan|priority|sensitivity|发送日期|日期时间|抄送|副本|收件者",
    "寄件日期|主旨|送信日|宛て|보낸 시간|수신|참조|날짜|тема письма|копия|נשלח|אל|נושא",
)

# Lines that a telephone or a mail program adds by itself.
DEVICE_LINES: Final = _phrases(
    "sent from my|sent from outlook|sent from mail for|sent from yahoo|get outlook for",
    "dikirim dari|dihantar dari|dihantar daripada|gửi từ|được gửi từ|envoyé de mon|envoyé depuis",
    "enviado do meu|enviado desde mi|von meinem|gesendet von|отправлено с",
    "ส่งจาก|发自我的|從我的|iphoneから送信|나의 iphone",
    "inviato da|verzonden vanaf|verzonden met|skickat från|sendt fra|lähetetty|wysłane z",
    "wysłano z|odesláno z|enviado desde|enviado do|enviado a partir",
    "envoyé à partir|mobil cihazımdan|iphoneumdan gönderildi|cihazımdan",
    "отправлено из|надіслано|从我的|来自我的|傳送自",
    "내 iphone에서|나의 갤럭시|갤럭시에서|iphone から送信|ipad から送信|androidから送信",
    "outlook for android|outlook for ios|thumbed from|typed on",
    "ส่งจาก iphone ของฉัน|ส่งจากอุปกรณ์|ផ្ញើពី|ສົ່ງຈາກ|ပို့သည်",
    "sent with proton|sent using|sent from|terkirim dari",
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
    "begin pgp signature|this email and its attachments|this e mail and its attachments",
    "the contents of this email|the contents of this e mail|privileged and confidential",
    "this e mail may contain|this mail is confidential|this communication contains",
    "email disclaimer|legal notice|legal disclaimer|please consider the environment",
    "surel ini dan|surel ini bersifat|e mail ini dan|e mail ini bersifat|emel ini dan",
    "emel ini mengandungi|pesan ini mengandung|informasi dalam email|thư này và",
    "email này và|ce courriel et|ce courriel est|ce message est confidentiel|cet e mail et",
    "cet e mail est",
    "avis de confidentialité|este mensaje y|este mensaje contiene",
    "este mensaje es confidencial|este correo electrónico y",
    "este correo electrónico contiene|aviso legal",
    "este e mail contém|este e mail pode|este e mail e|aviso de confidencialidade",
    "diese e mail enthält|diese nachricht enthält|diese nachricht ist vertraulich",
    "bu e posta mesajı ve|bu e posta gizli|это сообщение содержит",
    "данное сообщение содержит|questo messaggio contiene|questo messaggio e",
    "dit bericht is vertrouwelijk|dit bericht is uitsluitend|ข้อความนี้และ",
    "本邮件及|本邮件包含|本邮件所|本郵件及|本郵件包含|此邮件及|此邮件包含|此郵件及",
    "このメールには機密|このメールは機密|このメールに記載|본 메일에 포함|본 메일은 지정",
)

# What a mail system puts above other people's words.
BANNERS: Final = _phrases(
    "caution this email|caution external|external email|this email originated from outside",
    "this message originated from outside|you dont often get email from|warning external",
    "external sender|peringatan email ini berasal dari luar",
    "begin pgp signed message|this message was sent from outside",
    "this mail came from outside|this email came from outside",
    "this email has been sent from|attention external|external mail|external message",
    "warning this email|caution external email",
    "email eksternal|awas email|perhatian email|perhatian pesan ini|attention ce message",
    "attention courriel externe|cuidado este correo|cảnh báo email|คำเตือน|外部邮件",
    "外部郵件|社外メール|외부 메일|peringatan emel",
)
