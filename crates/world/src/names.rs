//! Fictional people: given and family names common in the region, in Latin letters with spelling variants and in Urdu
//! script. Names are drawn independently of what people do, so that no name says anything.

use crate::draw::{Draw, mix};

/// A given name: spellings in Latin letters, and in Urdu script.
pub(crate) struct Given {
    pub(crate) latin: &'static [&'static str],
    pub(crate) urdu: &'static str,
}

const fn given(latin: &'static [&'static str], urdu: &'static str) -> Given {
    Given { latin, urdu }
}

/// Men's names.
pub(crate) static MEN: &[Given] = &[
    given(&["Muhammad", "Mohammad", "Mohd", "Mohammed"], "محمد"),
    given(&["Ahmed", "Ahmad"], "احمد"),
    given(&["Ali"], "علی"),
    given(&["Bilal", "Belal"], "بلال"),
    given(&["Hamza", "Hamzah"], "حمزہ"),
    given(&["Usman", "Osman", "Uthman"], "عثمان"),
    given(&["Umar", "Omar", "Umer"], "عمر"),
    given(&["Yousaf", "Yusuf", "Yousuf"], "یوسف"),
    given(&["Ibrahim", "Ebrahim"], "ابراہیم"),
    given(&["Ismail", "Ismael"], "اسماعیل"),
    given(&["Khalid", "Khaled"], "خالد"),
    given(&["Rashid", "Rasheed"], "رشید"),
    given(&["Saeed", "Said", "Sayeed"], "سعید"),
    given(&["Tariq", "Tarek"], "طارق"),
    given(&["Waheed", "Wahid"], "وحید"),
    given(&["Zahid", "Zahed"], "زاہد"),
    given(&["Naeem", "Naim"], "نعیم"),
    given(&["Imran", "Emran"], "عمران"),
    given(&["Kamran"], "کامران"),
    given(&["Faisal", "Faysal"], "فیصل"),
    given(&["Javed", "Javid", "Jawed"], "جاوید"),
    given(&["Nasir", "Naser"], "ناصر"),
    given(&["Sajid", "Sajed"], "ساجد"),
    given(&["Asif", "Aasif"], "آصف"),
    given(&["Shahid", "Shaheed"], "شاہد"),
    given(&["Gul"], "گل"),
    given(&["Sher"], "شیر"),
    given(&["Noor", "Nur"], "نور"),
    given(&["Habib", "Habeeb"], "حبیب"),
    given(&["Rahim", "Raheem"], "رحیم"),
    given(&["Karim", "Kareem"], "کریم"),
    given(&["Jamal"], "جمال"),
    given(&["Daud", "Dawood", "Dawud"], "داؤد"),
    given(&["Haroon", "Harun"], "ہارون"),
    given(&["Suleman", "Sulaiman"], "سلیمان"),
    given(&["Mehmood", "Mahmud", "Mahmood"], "محمود"),
    given(&["Arif", "Aarif"], "عارف"),
    given(&["Zubair", "Zubayr"], "زبیر"),
    given(&["Anwar"], "انور"),
    given(&["Farhan"], "فرحان"),
];

/// Women's names.
pub(crate) static WOMEN: &[Given] = &[
    given(&["Fatima", "Fatimah"], "فاطمہ"),
    given(&["Ayesha", "Aisha", "Aysha"], "عائشہ"),
    given(&["Maryam", "Mariam"], "مریم"),
    given(&["Zainab", "Zaynab"], "زینب"),
    given(&["Khadija", "Khadijah"], "خدیجہ"),
    given(&["Amina", "Aminah"], "آمنہ"),
    given(&["Sana", "Sanaa"], "ثنا"),
    given(&["Hina"], "حنا"),
    given(&["Nadia", "Nadiya"], "نادیہ"),
    given(&["Rabia", "Rabiya"], "رابعہ"),
    given(&["Saima", "Saimah"], "صائمہ"),
    given(&["Shazia"], "شازیہ"),
    given(&["Parveen", "Parvin"], "پروین"),
    given(&["Nasreen", "Nasrin"], "نسرین"),
    given(&["Yasmin", "Yasmeen"], "یاسمین"),
    given(&["Gulnaz"], "گلناز"),
    given(&["Palwasha"], "پلوشہ"),
    given(&["Zarghuna"], "زرغونہ"),
    given(&["Bushra"], "بشریٰ"),
    given(&["Farida", "Fareeda"], "فریدہ"),
    given(&["Shaista"], "شائستہ"),
    given(&["Rukhsana"], "رخسانہ"),
    given(&["Tahira", "Tahirah"], "طاہرہ"),
    given(&["Noreen", "Nureen"], "نورین"),
];

/// Last names. They go by household and carry no other meaning here.
pub(crate) static LAST: &[Given] = &[
    given(&["Khan"], "خان"),
    given(&["Hussain", "Hussein", "Husain"], "حسین"),
    given(&["Shah"], "شاہ"),
    given(&["Malik", "Malek"], "ملک"),
    given(&["Qureshi", "Quraishi"], "قریشی"),
    given(&["Siddiqui", "Siddiqi"], "صدیقی"),
    given(&["Mirza"], "مرزا"),
    given(&["Butt"], "بٹ"),
    given(&["Chaudhry", "Chaudhary", "Choudhry"], "چودھری"),
    given(&["Sheikh", "Shaikh"], "شیخ"),
    given(&["Raza"], "رضا"),
    given(&["Haider", "Haidar"], "حیدر"),
    given(&["Iqbal", "Eqbal"], "اقبال"),
    given(&["Aslam"], "اسلم"),
    given(&["Akram"], "اکرم"),
    given(&["Rehman", "Rahman"], "رحمان"),
    given(&["Ullah"], "اللہ"),
    given(&["Jan"], "جان"),
    given(&["Wali"], "ولی"),
    given(&["Zaman"], "زمان"),
    given(&["Nawaz"], "نواز"),
    given(&["Sarwar"], "سرور"),
    given(&["Ghani"], "غنی"),
    given(&["Popal"], "پوپل"),
    given(&["Stanikzai", "Stanekzai"], "ستانکزئی"),
    given(&["Marri"], "مری"),
    given(&["Rind"], "رند"),
    given(&["Soomro"], "سومرو"),
    given(&["Memon"], "میمن"),
    given(&["Abbasi"], "عباسی"),
];

/// First halves of organisations' names.
pub(crate) static FIRM_FIRST: &[&str] = &[
    "Al Noor",
    "Sarhad",
    "Bolan",
    "Indus",
    "Margalla",
    "Sulaiman",
    "Mehran",
    "Green Valley",
    "New Star",
    "United",
    "Khyber View",
    "Makran",
    "Shalimar",
    "Ravi",
    "City",
    "Pioneer",
    "Crescent",
    "Pamir",
    "Arghandab",
    "Silk Road",
    "Blue Mountain",
    "Sunrise",
    "Koh-e-Noor",
    "Prime",
];

/// A person's name, held as numbers: rendered when written.
#[derive(Clone, Copy)]
pub(crate) struct PersonName {
    pub(crate) woman: bool,
    pub(crate) first: u8,
    /// A second given name; 255 for none.
    pub(crate) second: u8,
    pub(crate) last: u8,
}

/// How a source writes a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Urdu,
    Both,
}

fn spelling(name: &Given, variant: u64, slot: u64) -> &'static str {
    name.latin[(mix(variant, slot) % name.latin.len() as u64) as usize]
}

impl PersonName {
    /// A random name with that last name.
    pub(crate) fn draw(draw: &mut Draw, woman: bool, last: u8) -> Self {
        let list = if woman { WOMEN } else { MEN };
        let second = if draw.chance(if woman { 0.1 } else { 0.4 }) { draw.below(list.len()) as u8 } else { 255 };
        Self { woman, first: draw.below(list.len()) as u8, second, last }
    }

    /// The name in Latin letters, in the spelling of source `variant`; 0 spells all the first way.
    pub(crate) fn latin(&self, variant: u64) -> String {
        let list = if self.woman { WOMEN } else { MEN };
        let word = |names: &'static [Given], index: u8, slot: u64| {
            let name = &names[usize::from(index)];
            if variant == 0 { name.latin[0] } else { spelling(name, variant, slot) }
        };
        let mut parts = vec![word(list, self.first, 1)];
        // Some sources drop the middle name or write it as an initial's place: here they drop it.
        if self.second != 255 && variant % 4 != 3 {
            parts.push(word(list, self.second, 2));
        }
        parts.push(word(LAST, self.last, 3));
        if variant % 7 == 5 {
            parts.rotate_right(1);
        }
        parts.join(" ")
    }

    /// The name in Urdu script.
    pub(crate) fn urdu(&self) -> String {
        let list = if self.woman { WOMEN } else { MEN };
        let mut parts = vec![list[usize::from(self.first)].urdu];
        if self.second != 255 {
            parts.push(list[usize::from(self.second)].urdu);
        }
        parts.push(LAST[usize::from(self.last)].urdu);
        parts.join(" ")
    }

    /// As a list field in that script.
    pub(crate) fn field(&self, script: Script, variant: u64) -> String {
        match script {
            Script::Latin => self.latin(variant),
            Script::Urdu => self.urdu(),
            Script::Both => format!("{}|{}", self.latin(variant), self.urdu()),
        }
    }
}
