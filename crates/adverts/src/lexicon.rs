//! The second channel: what an advert is about, whatever its words. A small lexicon of the recruitment domain in English, Roman Urdu, Urdu,
//! Pashto and Dari names concepts; a sketch keeps which of them a text names. Written from general knowledge of the languages.
//!
//! Concepts are few and common, so that they join nobody: [`translated`] is a relation beside the groups and needs a shared contact as well.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::sketch::Sketch;
use crate::token::Tokeniser;

/// Words of each concept; its place is its bit. Adding at the end keeps old sketches comparable.
const CONCEPTS: [&str; 32] = [
    "job work vacancy employment naukri nokri mulazmat kaam نوکری ملازمت کام دنده کار وظیفه شغل",
    "salary wage pay tankhwah tankha ujrat تنخواہ اجرت معاش مزد تنخوا",
    "visa wiza ویزا ویزه",
    "ticket tikat ٹکٹ تکت ټکټ",
    "accommodation residence hostel room rihaish rehaish kamra رہائش کمرہ اقامت اتاق استوګنځی",
    "food meals meal khana کھانا خوراک غذا خواړه ډوډۍ",
    "driver chauffeur draiver ڈرائیور راننده موټروان چلوونکی",
    "cook chef bawarchi khansama باورچی آشپز پخلی",
    "cleaner cleaning safai صفائی پاککاری پاکول",
    "guard security chowkidar چوکیدار محافظ نگهبان ساتونکی",
    "labourer labour worker mazdoor مزدور کارگر کارګر",
    "mason bricklayer mistri مستری معمار ګلکار",
    "tailor darzi درزی خیاط",
    "electrician bijli الیکٹریشن بجلی برقی برېښنا",
    "farm khet zameen کھیت مزرعه فارم کرونده",
    "factory karkhana فیکٹری کارخانہ فابریکه کارخانه",
    "hotel restaurant ہوٹل هوتل رستوران",
    "hospital clinic haspatal ہسپتال شفاخانه روغتون",
    "shop store dukan دکان دوکان",
    "office daftar دفتر",
    "passport پاسپورٹ پاسپورت",
    "interview انٹرویو مصاحبه مرکه",
    "experience tajurba tajarba تجربہ تجربه",
    "training tarbiyat تربیت روزنه",
    "contract muahida معاہدہ قرارداد تړون",
    "free muft مفت رایگان وړیا",
    "month monthly mahana mahina ماہانہ مہینہ ماهانه میاشت میاشتنی",
    "night raat رات شب شپه",
    "family khandan خاندان خانواده فامیل کورنۍ",
    "insurance bima انشورنس بیمه",
    "overtime اوورٹائم اضافه",
    "urgent urgently fori zaroorat ضرورت فوری اړتیا",
];

static BITS: LazyLock<FxHashMap<u64, u128>> = LazyLock::new(|| {
    let mut tokeniser = Tokeniser::new();
    let mut out: FxHashMap<u64, u128> = FxHashMap::default();
    for (bit, words) in CONCEPTS.iter().enumerate() {
        tokeniser.tokens(words).iter().for_each(|token| *out.entry(token.hash).or_default() |= 1 << bit);
    }
    out
});

/// The concepts that a word names.
pub(crate) fn concepts(word: u64) -> u128 {
    BITS.get(&word).copied().unwrap_or(0)
}

/// Least concepts that both name.
const SHARED_MIN: u32 = 4;
/// Least share of the concepts of either that both name, in hundredths.
const SHARE_MIN: u32 = 50;

/// May one post be a translation or a rewording of the other? Both name at least four concepts, half of all that either names, and they share
/// a contact. A hint for people to look at; it joins no group.
#[must_use]
pub fn translated(a: &Sketch, b: &Sketch) -> bool {
    let (both, either) = ((a.concepts() & b.concepts()).count_ones(), (a.concepts() | b.concepts()).count_ones());
    let contact = a.slots().iter().any(|slot| slot.kind.is_contact() && b.slots().binary_search(slot).is_ok());
    contact && both >= SHARED_MIN && both * 100 >= either * SHARE_MIN
}
