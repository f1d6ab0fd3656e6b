-- Who keeps pageblocks from becoming huge pages: functions by how many
-- pageblocks they hold unmovable pages in.
SELECT s.function, s.module, count(DISTINCT r.pageblock) AS pageblocks,
       sum(r.pages) AS pages
FROM records r LEFT JOIN stacks s USING (stack)
WHERE r.movable = 0
GROUP BY s.function, s.module
ORDER BY pageblocks DESC, pages DESC
LIMIT 20;
