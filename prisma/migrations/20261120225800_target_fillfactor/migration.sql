-- Every sync rewrites its target's row. With room beside it the new one stays on the page and no index is touched: half the cost.
alter table target set (fillfactor = 50);
