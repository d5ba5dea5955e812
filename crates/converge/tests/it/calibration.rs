//! The null model's claims hold on worlds in which nothing meets: p-values are not too small, and q-values are honest. SG-103.

use tributary_converge::Settings;
use tributary_model::{AlertKind, Family, ProtectedSet, Side};

use crate::fixture::{Numbers, finding, run, town};

#[test]
fn unrelated_networks_seldom_pass() {
    let mut p_small = 0;
    let mut tested = 0_u64;
    let mut worlds_with_alert = 0;
    let worlds = 20;
    for seed in 0..worlds {
        let graph = town(400, seed).finish();
        let mut numbers = Numbers(seed + 1000);
        let mut evidence = Vec::new();
        for network in 0..24 {
            let side = if network % 2 == 0 { Side::Trafficking } else { Side::TerroristFinancing };
            let families = if network % 2 == 0 { [Family::Rec, Family::Ftr, Family::Mov] } else { [Family::Ftf, Family::List, Family::Ftf] };
            let household = numbers.below(400) * 4;
            for (member, family) in families.into_iter().enumerate() {
                evidence.push(finding(&graph, &format!("a{}", household + member as u64), family, side, network * 10 + member));
            }
        }
        let settings = Settings { q_report_max: 1.0, ..Settings::default() };
        let outcome = run(&graph, &evidence, &ProtectedSet::new(), &settings);
        tested += outcome.networks_tested;
        let found: Vec<_> = outcome.alerts.iter().filter(|a| a.kind == AlertKind::Convergence).collect();
        p_small += found.iter().filter(|a| a.p_value <= 0.05).count();
        worlds_with_alert += usize::from(found.iter().any(|a| a.q_value <= 0.1));
    }
    // At most 5 % of the networks at p <= 0.05, with room for three standard deviations.
    let expected = tested as f64 * 0.05;
    assert!(tested > 200, "{tested}");
    assert!((p_small as f64) <= expected + 3.0 * expected.sqrt(), "{p_small} of {tested}");
    // Nothing is true here, so an alert at q <= 0.1 may appear in a tenth of the worlds: at most 6 of 20 (p < 0.01 beyond that).
    assert!(worlds_with_alert <= 6, "{worlds_with_alert} of {worlds}");
}
