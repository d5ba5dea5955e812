//! Distances on the earth.

/// Great-circle distance in kilometres between two points in degrees (haversine, mean radius 6371.0088 km, IUGG).
#[must_use]
pub fn distance_km(lat_a: f64, lon_a: f64, lat_b: f64, lon_b: f64) -> f64 {
    let (phi_a, phi_b) = (lat_a.to_radians(), lat_b.to_radians());
    let half_phi = ((phi_b - phi_a) / 2.0).sin();
    let half_lambda = ((lon_b - lon_a).to_radians() / 2.0).sin();
    let h = half_phi * half_phi + phi_a.cos() * phi_b.cos() * half_lambda * half_lambda;
    2.0 * 6371.0088 * h.sqrt().min(1.0).asin()
}
