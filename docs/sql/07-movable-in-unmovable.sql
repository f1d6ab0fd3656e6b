-- Pages in pageblocks of another type: what fallbacks have left behind.
SELECT pageblock_type, CASE WHEN movable THEN 'movable' ELSE 'unmovable' END
         AS pages_that_are,
       count(DISTINCT pageblock) AS pageblocks, sum(pages) AS pages
FROM records
GROUP BY pageblock_type, movable
ORDER BY pageblock_type, movable;
