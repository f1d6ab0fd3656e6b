-- Free memory over time: in all, in blocks of a huge page and more, and the
-- share that is of no use for one (of the samples, every tenth).
SELECT s.sample, s.when_ns / 1e9 AS seconds, s.free_pages,
       (SELECT coalesce(sum(f.pages), 0) FROM free f
        WHERE f.sample = s.sample AND f.block_order >=
          (SELECT value + 0 FROM meta WHERE key = 'pageblock_order'))
         AS free_pages_in_pageblocks,
       s.unusable_index / 10.0 AS unusable_percent, s.steals, s.failures
FROM samples s
WHERE s.sample % 10 = 0
ORDER BY s.sample;
