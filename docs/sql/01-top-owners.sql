-- Who holds the memory: functions by pages in use.
SELECT s.function, s.module, count(*) AS records, sum(r.pages) AS pages,
       round(sum(r.pages) * 4096 / 1048576.0, 1) AS mib
FROM records r LEFT JOIN stacks s USING (stack)
GROUP BY s.function, s.module
ORDER BY pages DESC
LIMIT 20;
