-- Mixed pageblocks: movable and unmovable pages in one, the cheapest to get
-- free again first, and who has the unmovable ones.
SELECT b.pageblock, b.zone, b.migratetype, b.movable, b.unmovable, b.free,
       group_concat(DISTINCT s.function) AS unmovable_owners
FROM pageblocks b
JOIN records r ON r.pageblock = b.pageblock AND r.movable = 0
LEFT JOIN stacks s USING (stack)
WHERE b.movable > 0 AND b.unmovable > 0
GROUP BY b.pageblock
ORDER BY b.unmovable, b.pageblock
LIMIT 20;
