//! Common given names that differ by little in writing and are different names: Nasir and Naseer, Kamal and Kamil, Hamid and Hamida.
//!
//! Public knowledge of naming. A spelling may stand for several names (`Amir` is عامر and امیر). Two spellings of this table that share
//! no name cost more than their letters say; two that share one cost less. Spellings that are not here are judged by letters alone.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::prepared::identity;
use super::words::Role;

/// Names that a token may stand for: bits, one for each row of the table, 0 when it is not in it.
pub(crate) type Known = u128;

/// What it adds to the cost that two spellings are of different names, in sixteenths of a nat.
pub(crate) const DIFFERENT: u32 = 28;
/// The most that two spellings of one name cost.
pub(crate) const SAME: u32 = 3;

/// Each row: the spellings of one name, folded.
const NAMES: [&str; 104] = [
    "muhammad mohammad mohammed mohamed muhammed mohamad mohamet محمد",
    "mahmood mahmud mehmood mahmoud mehmud محمود",
    "ahmad ahmed ahmet ahmat احمد",
    "hamid hamed حامد",
    "hameed hamid hamead حمید",
    "hamida hameeda hamidah حمیده",
    "nasir naser nasser ناصر",
    "naseer nasseer نصیر",
    "nasira ناصره",
    "nasr نصر",
    "rashid rashed rached راشد",
    "rasheed rashead raseed رشید",
    "rashida rasheeda rachida راشده رشیده",
    "salim salem سالم",
    "saleem salim selim سلیم",
    "salma selma سلمی",
    "saleema salima سلیمه",
    "salam salaam سلام",
    "zahir zaher ظاهر",
    "zaheer zahir ظهیر",
    "zahid zahed زاهد",
    "zahida zaheda زاهده",
    "zahra زهرا",
    "majid majed ماجد",
    "majeed majid مجید",
    "amjad امجد",
    "shahid shahed شاهد",
    "shaheed شهید",
    "shahida shaheda شاهده",
    "sajid sajed ساجد",
    "sajida sajeda ساجده",
    "wajid واجد",
    "amir aamir amer عامر",
    "ameer amir امیر",
    "amira ameera امیره",
    "umar omar umer omer عمر",
    "ammar عمار",
    "amin ameen امین",
    "amina aminah ameena آمنه امنه امینه",
    "samina sameena ثمینه",
    "yasmin yasmeen یاسمین",
    "iman emaan ایمان",
    "aman amaan امان",
    "kamal kamaal کمال",
    "kamil kamel کامل",
    "jamal jamaal gamal جمال",
    "jamil jameel جمیل",
    "jamila jameela جمیله",
    "jalal jalaal galal جلال",
    "jalil jaleel جلیل",
    "khalid khaled خالد",
    "khalil khaleel خلیل",
    "khaliq khaleq خالق",
    "khalida خالده",
    "hassan hasan حسن",
    "hussain hussein husain hossein hussayn حسین",
    "hasnain حسنین",
    "ihsan ehsan احسان",
    "mohsin mohsen محسن",
    "muhsina محسنه",
    "tahir taher طاهر",
    "tahira tahera طاهره",
    "latif lateef لطیف",
    "latifa lateefa لطیفه",
    "karim kareem کریم",
    "karima kareema کریمه",
    "akram اکرم",
    "ikram ekram اکرام",
    "rahim raheem رحیم",
    "rahman rehman rahmaan رحمن رحمان",
    "rahima raheema رحیمه",
    "rahmat rehmat رحمت",
    "sabir saber صابر",
    "sabira صابره",
    "sabri صبری",
    "shakir shaker شاکر",
    "shakeel shakil شکیل",
    "shakila shakeela شکیله",
    "shukria shukriya شکریه",
    "shabir shabbir shabeer شبیر",
    "bashir basheer بشیر",
    "bashira basheera بشیره",
    "bushra boshra بشری",
    "nazir ناظر نذیر",
    "nazeer نذیر نظیر",
    "munir muneer moneer منیر",
    "munira muneera منیره",
    "masood masud masoud مسعود",
    "mansoor mansur mansour منصور",
    "arif aref عارف",
    "arifa عارفه",
    "asif asef آصف اصف",
    "asifa آصفه اصفه",
    "atif atef عاطف",
    "hakim حاکم حکیم",
    "hakeem حکیم",
    "habib habeeb حبیب",
    "habiba habeeba حبیبه",
    "sadiq sadeq صادق",
    "siddiq siddique sediq صدیق",
    "qadir qader kader قادر",
    "qadeer قدیر",
    "wahid waheed وحید",
    "wahida waheeda وحیده",
];

/// The table by the identity of spellings, so that what spells alike is known alike.
fn table() -> &'static BTreeMap<u64, Known> {
    static TABLE: OnceLock<BTreeMap<u64, Known>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = BTreeMap::new();
        for (at, row) in (0_u32..).zip(&NAMES) {
            for form in row.split(' ') {
                *table.entry(identity(&super::spelled(form).1, Role::Name)).or_insert(0) |= 1 << at;
            }
        }
        table
    })
}

/// The names of the table that a token of this identity may stand for.
pub(crate) fn known(identity: u64) -> Known {
    table().get(&identity).copied().unwrap_or(0)
}

/// The cost of two tokens after what is known of them.
pub(crate) const fn adjusted(cost: u32, a: Known, b: Known) -> u32 {
    if a == 0 || b == 0 {
        cost
    } else if a & b == 0 {
        cost + DIFFERENT
    } else if cost > SAME {
        SAME
    } else {
        cost
    }
}
