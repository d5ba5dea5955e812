//! Limits and minima. Times are days, distances kilometres.

/// From when a family speaks. The defaults are those of the typology catalogue (section 5.1) where it has one, else ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvidenceSettings {
    /// Fewest adverts of a group before it can be flagged (REC-02).
    pub adverts_min: usize,
    /// Fewest operators of a group before it can be flagged (REC-02).
    pub operators_min: usize,
    /// Within how many days that many adverts must lie (REC-02).
    pub burst_days: f64,
    /// Fewest places under one contact or account (REC-01).
    pub places_min: usize,
    /// Greatest distance between them from which they count as distant (REC-01).
    pub distance_km: f64,
    /// Within how many days (REC-01).
    pub place_days: f64,
    /// Places nearer than this are one.
    pub cluster_km: f64,
    /// Least rarity of a shared contact, 0..=1.
    pub rarity_min: f64,
    /// Age of an account at its first post below which it is new.
    pub young_days: f64,
    /// Fewest successions (REC-10).
    pub successions_min: usize,
    /// Longest time between the end of one account and the beginning of the next (REC-10).
    pub succession_days: f64,
    /// Different templates an account must have posted to be taken for a page or board that posts what others offer.
    pub carrier_templates: usize,
    /// Fewest gaps between posts before their regularity is looked at.
    pub gaps_min: usize,
    /// What four in five gaps may deviate from their median, as a part of it, for posting to be regular.
    pub regular_max: f64,
    /// Robust z from which pay or price is an outlier (REC-05).
    pub z_min: f64,
    /// Fewest peers (REC-05); fewer abstain.
    pub peers_min: usize,
    /// Most requirements of an offer whose pay is implausible (REC-05).
    pub requirements_max: u8,
    /// Age of the register from which it abstains (REC-03).
    pub register_days: f64,
    /// Share of a group's posts that name an impossible permit (REC-04): a quotation is rarer.
    pub permit_share: f64,
    /// Most posts that a finding points at, and most signals it lists.
    pub posts_shown: usize,
}

impl Default for EvidenceSettings {
    fn default() -> Self {
        Self {
            adverts_min: 5,
            operators_min: 3,
            burst_days: 14.0,
            places_min: 3,
            distance_km: 300.0,
            place_days: 30.0,
            cluster_km: 50.0,
            rarity_min: 0.4,
            young_days: 21.0,
            successions_min: 2,
            succession_days: 21.0,
            carrier_templates: 8,
            gaps_min: 8,
            regular_max: 0.1,
            z_min: 3.0,
            peers_min: 30,
            requirements_max: 1,
            register_days: 30.0,
            permit_share: 0.3,
            posts_shown: 50,
        }
    }
}

/// Seconds in a day.
pub(super) const DAY: f64 = 86_400.0;

impl EvidenceSettings {
    /// The same with every number brought to where it makes sense.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let plain = Self::default();
        for (value, usual) in [
            (&mut self.burst_days, plain.burst_days),
            (&mut self.distance_km, plain.distance_km),
            (&mut self.place_days, plain.place_days),
            (&mut self.cluster_km, plain.cluster_km),
            (&mut self.rarity_min, plain.rarity_min),
            (&mut self.young_days, plain.young_days),
            (&mut self.succession_days, plain.succession_days),
            (&mut self.regular_max, plain.regular_max),
            (&mut self.z_min, plain.z_min),
            (&mut self.register_days, plain.register_days),
            (&mut self.permit_share, plain.permit_share),
        ] {
            *value = if value.is_finite() && *value >= 0.0 { *value } else { usual };
        }
        // One post or one operator is no group; a pair of places is no spread.
        self.adverts_min = self.adverts_min.max(2);
        self.operators_min = self.operators_min.max(2);
        self.places_min = self.places_min.max(2);
        self.successions_min = self.successions_min.max(1);
        self.carrier_templates = self.carrier_templates.max(2);
        self.gaps_min = self.gaps_min.max(3);
        self.peers_min = self.peers_min.max(5);
        self.posts_shown = self.posts_shown.max(1);
        self
    }
}
