//! Compares two names and prints the account: `cargo run -p tributary-text --example compare_names -- "Mohd. Khan" "محمد خان"`.

use tributary_text::names::{Comparer, NameToken, PersonName};

fn main() {
    let mut arguments = std::env::args().skip(1);
    while let (Some(left), Some(right)) = (arguments.next(), arguments.next()) {
        let account = Comparer::new().explain(&PersonName::parse(&left), &PersonName::parse(&right));
        println!("{left} | {right}: similarity {:.3}, {:.2} nats", account.score.similarity, account.score.log_odds);
        let texts = |tokens: &[NameToken]| tokens.iter().map(|token| format!("{} ({:.1})", token.text, token.weight)).collect::<Vec<_>>().join(" + ");
        for pair in &account.matched {
            let steps: Vec<String> = pair
                .steps
                .iter()
                .map(|step| {
                    format!(
                        "{}={}:{}",
                        tributary_text::names::units::unit_text(step.left),
                        tributary_text::names::units::unit_text(step.right),
                        step.cost
                    )
                })
                .collect();
            println!(
                "  {} = {}: cost {:.2} of {:.2}, gain {:.2} of {:.2}; {}",
                texts(&pair.left),
                texts(&pair.right),
                pair.cost,
                pair.cost_limit,
                pair.gain,
                pair.weight,
                steps.join(" ")
            );
        }
        println!("  left only: {}; right only: {}; set aside: {}", texts(&account.only_left), texts(&account.only_right), texts(&account.set_aside));
    }
}
