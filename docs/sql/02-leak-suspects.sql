-- Leak suspects: stacks whose pages in use are of all ages. The time from a
-- stack's oldest page to now is cut into tenths; a cache has pages of the last
-- few, a leak of nearly all.
WITH now AS (SELECT value + 0 AS now_ns FROM meta WHERE key = 'now_ns'),
     oldest AS (SELECT stack, min(ts_ns) AS first_ns FROM records
                WHERE ts_ns > 0 AND movable = 0 GROUP BY stack)
SELECT s.function, s.module, sum(r.pages) AS pages,
       count(DISTINCT (r.ts_ns - first_ns) * 10 / (now_ns - first_ns + 1))
         AS tenths,
       round((now_ns - first_ns) / 1e9, 3) AS oldest_seconds
FROM records r JOIN stacks s USING (stack) JOIN oldest o USING (stack), now
WHERE r.movable = 0 AND r.ts_ns > 0
GROUP BY r.stack
HAVING tenths >= 5
ORDER BY pages * tenths DESC
LIMIT 20;
