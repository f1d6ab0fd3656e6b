-- Pages in use by task, and what they are: movable ones are mostly the task's
-- own memory, the others the kernel's on its behalf.
SELECT comm, tgid, sum(pages) AS pages,
       sum(CASE WHEN movable THEN pages ELSE 0 END) AS movable_pages,
       sum(CASE WHEN movable THEN 0 ELSE pages END) AS unmovable_pages
FROM records
GROUP BY comm, tgid
ORDER BY pages DESC
LIMIT 20;
