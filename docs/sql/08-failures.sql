-- Allocations that failed: who asked for what, when first and how often.
SELECT comm, pid, block_order, migratetype, gfp, count(*) AS failures,
       min(when_ns) AS first_ns
FROM events
WHERE event = 'mm_page_alloc' AND failed = 1
GROUP BY comm, pid, block_order, migratetype, gfp
ORDER BY failures DESC
LIMIT 20;
