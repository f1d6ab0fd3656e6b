-- Churn: tasks by how many pages they were given, by order of the block; what
-- came off a per-cpu list did not have to lock the zone.
SELECT comm, block_order, count(*) AS allocations,
       sum(1 << block_order) AS pages
FROM events
WHERE event = 'mm_page_alloc' AND failed = 0
GROUP BY comm, block_order
ORDER BY pages DESC
LIMIT 20;
