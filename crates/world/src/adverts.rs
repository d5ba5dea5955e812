//! Texts of adverts: bland forms with slots, in English, Roman Urdu and Urdu script. They carry terms and places, no craft.

use crate::draw::Draw;
use crate::places::{PlaceNo, at};

/// How many house styles of job adverts there are. Lawful and unlawful offers draw from the same ones.
pub(crate) const JOB_STYLES: usize = 9;

const TRADES: &[&str] =
    &["driver", "helper", "cleaner", "security guard", "mason", "electrician", "cook", "packer", "waiter", "data entry operator", "welder", "tailor"];
const TRADES_URDU: &[&str] = &["ڈرائیور", "ہیلپر", "صفائی والا", "سیکیورٹی گارڈ", "مستری", "الیکٹریشن", "باورچی", "پیکر", "ویٹر", "ویلڈر", "درزی"];

/// A job advert in a house style, and its language.
pub(crate) fn job(draw: &mut Draw, style: usize, destination: &str) -> (String, &'static str) {
    let trade = draw.pick(TRADES);
    let urdu = draw.pick(TRADES_URDU);
    let pay = draw.between(8, 30) * 100;
    let open = draw.between(3, 60);
    let month = draw.pick(&["January", "February", "March", "April", "May", "June"]);
    match style {
        0 => (
            format!(
                "Vacancy: {open} {trade} positions in {destination}. Salary {pay} per month. Two year contract. Interviews in {month}. Call the number below."
            ),
            "en",
        ),
        1 => (
            format!(
                "{destination} company needs {trade}. Monthly salary {pay}, accommodation and transport provided. Passport copy required. Limited seats: {open}."
            ),
            "en",
        ),
        2 => (
            format!(
                "Urgent requirement for {destination}: {trade}, {open} workers. Duty eight hours, overtime paid, food by company. Salary {pay}. Contact office."
            ),
            "en",
        ),
        3 => (
            format!("{destination} ke liye {trade} ki zaroorat hai. Tankhwah {pay}. Rihaish company ki taraf se. {open} asamiyan. Rabta karein."),
            "ur-Latn",
        ),
        4 => (
            format!(
                "Bahir mulk nokri ka mauqa: {destination}, {trade}, tankhwah {pay} mahana, visa aur ticket. Rabta number neeche diya gaya hai. Seats {open}."
            ),
            "ur-Latn",
        ),
        5 => (
            format!(
                "{destination} میں {urdu} کی {open} آسامیاں۔ تنخواہ {pay} ماہانہ، رہائش اور ٹرانسپورٹ کمپنی کی طرف سے۔ نیچے دیے گئے نمبر پر رابطہ کریں۔"
            ),
            "ur",
        ),
        6 => (format!("ضرورت برائے {destination}: {urdu}، تنخواہ {pay}، دو سالہ معاہدہ، انٹرویو {month} میں۔ تعداد {open}۔"), "ur"),
        7 => (
            format!(
                "Now hiring for our {destination} office: {trade}. Pay {pay} plus benefits, training given, no experience needed. {open} places until end of {month}."
            ),
            "en",
        ),
        _ => (format!("{trade} wanted, {destination}. {pay} monthly. Apply before {month}. {open} openings."), "en"),
    }
}

/// An offer to arrange a journey.
pub(crate) fn travel(draw: &mut Draw, style: usize, destination: &str) -> (String, &'static str) {
    let price = draw.between(10, 90) * 50;
    match style % 3 {
        0 => (format!("Travel to {destination} arranged, documents help, group leaves every week. From {price} dollars. Message for details."), "en"),
        1 => (format!("{destination} jane wale rabta karein. Ticket aur kaghzat ka intezam. Kharcha {price} dollar."), "ur-Latn"),
        _ => (format!("{destination} کا سفر، کاغذات اور ٹکٹ کا انتظام۔ خرچ {price} ڈالر۔ رابطہ کریں۔"), "ur"),
    }
}

/// An escort advert: a place and a contact, nothing of a person.
pub(crate) fn escort(draw: &mut Draw, style: usize, place: PlaceNo) -> (String, &'static str) {
    let hours = draw.pick(&["evenings", "all day", "from noon", "on request"]);
    let town = at(place).id;
    match style % 4 {
        0 => (format!("Company in {town}, {hours}. Hotel visits. Call or message."), "en"),
        1 => (format!("Available in {town} this week, {hours}. Message only."), "en"),
        2 => (format!("New in {town}. {hours}. Contact by phone."), "en"),
        _ => (format!("{town} mein mulaqat, {hours}. Number par rabta karein."), "ur-Latn"),
    }
}

/// An appeal for gifts after a flood or an earthquake.
pub(crate) fn appeal(draw: &mut Draw, place: PlaceNo) -> String {
    let town = at(place).id;
    let families = draw.between(2, 40) * 5;
    match draw.below(3) {
        0 => format!("Help for {families} families near {town}: food, tents, medicine. Send to the number below."),
        1 => format!("{town} ke mutasireen ke liye imdad. {families} khandan. Number par bhejein."),
        _ => format!("{town} کے متاثرین کے لیے امداد۔ {families} خاندان۔ نیچے دیے گئے نمبر پر بھیجیں۔"),
    }
}

/// An appeal that names a cause only in general words.
pub(crate) fn cause(draw: &mut Draw, style: usize) -> String {
    let amount = draw.pick(&[5, 10, 20, 25, 50]);
    match style % 4 {
        0 => format!("Support the families of our brothers. Any amount helps, {amount} dollars feeds one house. Details below."),
        1 => format!("Monthly collection is open. {amount} per person. Use the address below and send the receipt."),
        2 => format!("Khandanon ki madad ke liye chanda. {amount} dollar ya jo ho sake. Pata neeche hai."),
        _ => format!("خاندانوں کی مدد کے لیے چندہ۔ {amount} ڈالر یا جو ہو سکے۔ پتہ نیچے ہے۔"),
    }
}

/// An ordinary classified: its kind, text and language.
pub(crate) fn small(draw: &mut Draw, place: PlaceNo) -> (&'static str, String, &'static str) {
    let town = at(place).id;
    let price = draw.between(2, 400) * 500;
    let year = draw.between(2005, 2024);
    let age = draw.between(22, 36);
    match draw.below(8) {
        0 => ("other", format!("Motorcycle model {year} for sale in {town}, price {price}, papers complete."), "en"),
        1 => ("other", format!("Mobile phone for sale, {town}, rate {price}, with box and charger."), "en"),
        2 => ("other", format!("{town} mein ghar kiraye par, kiraya {price}, do kamre."), "ur-Latn"),
        3 => ("marriage", format!("Proposal from {town}: age {age}, graduate, own house. Families may contact."), "en"),
        4 => ("job", format!("Shop in {town} needs a salesman, salary {price}, timing ten to eight."), "en"),
        5 => ("other", format!("{town} میں گاڑی برائے فروخت، ماڈل {year}، قیمت {price}۔"), "ur"),
        6 => ("travel", format!("Van leaves {town} on Friday, {} seats free, fare {price}.", draw.between(1, 9)), "en"),
        _ => ("other", format!("Tuition at home in {town}, classes one to ten, fee {price}."), "en"),
    }
}
