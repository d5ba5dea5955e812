-- Requests of redress, notices, and what stood out among staff get a clock (SG-057), counted from when they came into being: three years, three
-- years, two years.
INSERT INTO object (kind, id, parent, agency, state, due, made, version, body)
SELECT 'retention_clock', 'request-' || id, id, agency, 'running', made + 94694400000000, made, 1,
    '{"class":"request","thing":"' || id || '","agency":"' || agency || '","review_by":' || CAST(made + 94694400000000 AS TEXT) || ',"suspended_at":null}'
FROM object WHERE kind = 'redress';
INSERT INTO object (kind, id, parent, agency, state, due, made, version, body)
SELECT 'retention_clock', 'notice-' || id, id, agency, 'running', made + 94694400000000, made, 1,
    '{"class":"notice","thing":"' || id || '","agency":"' || agency || '","review_by":' || CAST(made + 94694400000000 AS TEXT) || ',"suspended_at":null}'
FROM object WHERE kind = 'notice';
INSERT INTO object (kind, id, parent, agency, state, due, made, version, body)
SELECT 'retention_clock', 'finding-' || id, id, agency, 'running', made + 63072000000000, made, 1,
    '{"class":"finding","thing":"' || id || '","agency":"' || agency || '","review_by":' || CAST(made + 63072000000000 AS TEXT) || ',"suspended_at":null}'
FROM object WHERE kind = 'search_anomaly';
