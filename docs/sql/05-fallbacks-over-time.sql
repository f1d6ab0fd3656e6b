-- Fallbacks by zone over time, in tenths of the run: how often a request was
-- served from pageblocks of another type, and how often one was taken over.
WITH span AS (
  SELECT min(when_ns) AS first, max(when_ns) + 1 AS last FROM events)
SELECT (when_ns - first) * 10 / (last - first) AS tenth, zone,
       migratetype || ' from ' || fallback_migratetype AS what,
       count(*) AS fallbacks, sum(change_ownership) AS steals
FROM events, span
WHERE event = 'mm_page_alloc_extfrag'
GROUP BY tenth, zone, what
ORDER BY tenth, zone, fallbacks DESC;
