-- Measures that the catalogue lacked: invalid requests, time of cache hits and of calls, cost by meter; and histograms of prefill,
-- decode and inter-token time. Sums are worked out for what is stored already; a histogram begins with what comes from now on.
alter table telemetry.rollup_minute
  add column req_invalid bigint,
  add column hit_timed bigint,
  add column hit_ms bigint,
  add column call_timed bigint,
  add column call_ms bigint,
  add column cost_of_input bigint,
  add column cost_of_cache_read bigint,
  add column cost_of_cache_write_5m bigint,
  add column cost_of_cache_write_1h bigint,
  add column cost_of_output bigint,
  add column cost_of_audio_in bigint,
  add column cost_of_audio_out bigint,
  add column cost_of_image bigint,
  add column cost_of_request bigint;
alter table telemetry.rollup_hour
  add column req_invalid bigint,
  add column hit_timed bigint,
  add column hit_ms bigint,
  add column call_timed bigint,
  add column call_ms bigint,
  add column cost_of_input bigint,
  add column cost_of_cache_read bigint,
  add column cost_of_cache_write_5m bigint,
  add column cost_of_cache_write_1h bigint,
  add column cost_of_output bigint,
  add column cost_of_audio_in bigint,
  add column cost_of_audio_out bigint,
  add column cost_of_image bigint,
  add column cost_of_request bigint;
alter table telemetry.rollup_day
  add column req_invalid bigint,
  add column hit_timed bigint,
  add column hit_ms bigint,
  add column call_timed bigint,
  add column call_ms bigint,
  add column cost_of_input bigint,
  add column cost_of_cache_read bigint,
  add column cost_of_cache_write_5m bigint,
  add column cost_of_cache_write_1h bigint,
  add column cost_of_output bigint,
  add column cost_of_audio_in bigint,
  add column cost_of_audio_out bigint,
  add column cost_of_image bigint,
  add column cost_of_request bigint;
alter table telemetry.histogram_minute add column prefill bytea, add column decode bytea, add column inter_token bytea;
alter table telemetry.histogram_hour add column prefill bytea, add column decode bytea, add column inter_token bytea;
alter table telemetry.histogram_day add column prefill bytea, add column decode bytea, add column inter_token bytea;

-- One row a minute and series, from the raw rows. An event whose series was folded into "(other)" keeps no part in it.
create temporary table filled on commit drop as
  with keys as (select array(select k from workspace, unnest(tag_keys) k group by k order by k collate "C") as list),
  counted as (
    select date_trunc('minute', e.occurred_at, 'UTC') as bucket, coalesce(e.tenant::text, '') as tenant, coalesce(e.endpoint::text, '') as endpoint, coalesce(e.feature::text, '') as feature, coalesce(e.route::text, '') as route, coalesce(e.provider::text, '') as provider, coalesce(e.model_requested::text, '') as model_requested, coalesce(e.model_served::text, '') as model_served, coalesce(e.gateway::text, '') as gateway, coalesce(e.pool::text, '') as pool, coalesce(e.node::text, '') as node, coalesce(e.region::text, '') as region, coalesce(e.engine::text, '') as engine, coalesce(e.precision::text, '') as precision, coalesce(e.lane::text, '') as lane, coalesce(e.variant::text, '') as variant, coalesce(e.generation::text, '') as generation, coalesce(e.action_step::text, '') as action_step, coalesce(e.api_key_id::text, '') as api_key_id,
      (select coalesce(string_agg(k || '=' || replace(e.tags ->> k, ',', ';'), ',' order by n), '')
       from unnest(keys.list) with ordinality as t (k, n) where e.tags ? k) as tags,
      count(*) filter (where (e.final and not e.shadow) and e.status = 'error' and e.error_class ~* '(invalid|bad_request|unprocessable|context_length|http_4(00|04|13|22))') as req_invalid,
      count(*) filter (where (e.final and not e.shadow) and not (not e.cache_hit or e.cache_layer = 'prefix') and e.latency_ms is not null) as hit_timed,
      sum(case when (e.final and not e.shadow) and not (not e.cache_hit or e.cache_layer = 'prefix') then floor(e.latency_ms)::bigint end)::bigint as hit_ms,
      count(*) filter (where (e.final and not e.shadow) and (not e.cache_hit or e.cache_layer = 'prefix') and e.status = 'success' and e.latency_ms is not null) as call_timed,
      sum(case when (e.final and not e.shadow) and (not e.cache_hit or e.cache_layer = 'prefix') and e.status = 'success' then floor(e.latency_ms)::bigint end)::bigint as call_ms
    from telemetry.event e cross join keys group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
  priced as (
    select date_trunc('minute', e.occurred_at, 'UTC') as bucket, coalesce(e.tenant::text, '') as tenant, coalesce(e.endpoint::text, '') as endpoint, coalesce(e.feature::text, '') as feature, coalesce(e.route::text, '') as route, coalesce(e.provider::text, '') as provider, coalesce(e.model_requested::text, '') as model_requested, coalesce(e.model_served::text, '') as model_served, coalesce(e.gateway::text, '') as gateway, coalesce(e.pool::text, '') as pool, coalesce(e.node::text, '') as node, coalesce(e.region::text, '') as region, coalesce(e.engine::text, '') as engine, coalesce(e.precision::text, '') as precision, coalesce(e.lane::text, '') as lane, coalesce(e.variant::text, '') as variant, coalesce(e.generation::text, '') as generation, coalesce(e.action_step::text, '') as action_step, coalesce(e.api_key_id::text, '') as api_key_id,
      (select coalesce(string_agg(k || '=' || replace(e.tags ->> k, ',', ';'), ',' order by n), '')
       from unnest(keys.list) with ordinality as t (k, n) where e.tags ? k) as tags,
      sum(l.n) filter (where l.m = 'input')::bigint as cost_of_input,
      sum(l.n) filter (where l.m = 'cacheRead')::bigint as cost_of_cache_read,
      sum(l.n) filter (where l.m = 'cacheWrite5m')::bigint as cost_of_cache_write_5m,
      sum(l.n) filter (where l.m = 'cacheWrite1h')::bigint as cost_of_cache_write_1h,
      sum(l.n) filter (where l.m = 'output')::bigint as cost_of_output,
      sum(l.n) filter (where l.m = 'audioIn')::bigint as cost_of_audio_in,
      sum(l.n) filter (where l.m = 'audioOut')::bigint as cost_of_audio_out,
      sum(l.n) filter (where l.m = 'image')::bigint as cost_of_image,
      sum(l.n) filter (where l.m = 'request')::bigint as cost_of_request
    from telemetry.event e cross join keys
      cross join lateral (select line ->> 'm' as m, (line ->> 'n')::bigint as n from jsonb_array_elements(e.cost_lines) line) l
    where e.cost_lines is not null group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
  select c.bucket, s.id as series_id, c.req_invalid, c.hit_timed, c.hit_ms, c.call_timed, c.call_ms, p.cost_of_input, p.cost_of_cache_read, p.cost_of_cache_write_5m, p.cost_of_cache_write_1h, p.cost_of_output, p.cost_of_audio_in, p.cost_of_audio_out, p.cost_of_image, p.cost_of_request
  from counted c join telemetry.series s using (tenant, endpoint, feature, route, provider, model_requested, model_served, gateway, pool, node, region, engine, precision, lane, variant, generation, action_step, api_key_id, tags)
    left join priced p using (bucket, tenant, endpoint, feature, route, provider, model_requested, model_served, gateway, pool, node, region, engine, precision, lane, variant, generation, action_step, api_key_id, tags);
update telemetry.rollup_minute r set req_invalid = nullif(f.req_invalid, 0), hit_timed = nullif(f.hit_timed, 0), hit_ms = nullif(f.hit_ms, 0), call_timed = nullif(f.call_timed, 0), call_ms = nullif(f.call_ms, 0), cost_of_input = nullif(f.cost_of_input, 0), cost_of_cache_read = nullif(f.cost_of_cache_read, 0), cost_of_cache_write_5m = nullif(f.cost_of_cache_write_5m, 0), cost_of_cache_write_1h = nullif(f.cost_of_cache_write_1h, 0), cost_of_output = nullif(f.cost_of_output, 0), cost_of_audio_in = nullif(f.cost_of_audio_in, 0), cost_of_audio_out = nullif(f.cost_of_audio_out, 0), cost_of_image = nullif(f.cost_of_image, 0), cost_of_request = nullif(f.cost_of_request, 0)
  from (select bucket as at, series_id, sum(req_invalid)::bigint as req_invalid, sum(hit_timed)::bigint as hit_timed, sum(hit_ms)::bigint as hit_ms, sum(call_timed)::bigint as call_timed, sum(call_ms)::bigint as call_ms, sum(cost_of_input)::bigint as cost_of_input, sum(cost_of_cache_read)::bigint as cost_of_cache_read, sum(cost_of_cache_write_5m)::bigint as cost_of_cache_write_5m, sum(cost_of_cache_write_1h)::bigint as cost_of_cache_write_1h, sum(cost_of_output)::bigint as cost_of_output, sum(cost_of_audio_in)::bigint as cost_of_audio_in, sum(cost_of_audio_out)::bigint as cost_of_audio_out, sum(cost_of_image)::bigint as cost_of_image, sum(cost_of_request)::bigint as cost_of_request from filled group by 1, 2) f
  where r.bucket = f.at and r.series_id = f.series_id;
update telemetry.rollup_hour r set req_invalid = nullif(f.req_invalid, 0), hit_timed = nullif(f.hit_timed, 0), hit_ms = nullif(f.hit_ms, 0), call_timed = nullif(f.call_timed, 0), call_ms = nullif(f.call_ms, 0), cost_of_input = nullif(f.cost_of_input, 0), cost_of_cache_read = nullif(f.cost_of_cache_read, 0), cost_of_cache_write_5m = nullif(f.cost_of_cache_write_5m, 0), cost_of_cache_write_1h = nullif(f.cost_of_cache_write_1h, 0), cost_of_output = nullif(f.cost_of_output, 0), cost_of_audio_in = nullif(f.cost_of_audio_in, 0), cost_of_audio_out = nullif(f.cost_of_audio_out, 0), cost_of_image = nullif(f.cost_of_image, 0), cost_of_request = nullif(f.cost_of_request, 0)
  from (select date_trunc('hour', bucket, 'UTC') as at, series_id, sum(req_invalid)::bigint as req_invalid, sum(hit_timed)::bigint as hit_timed, sum(hit_ms)::bigint as hit_ms, sum(call_timed)::bigint as call_timed, sum(call_ms)::bigint as call_ms, sum(cost_of_input)::bigint as cost_of_input, sum(cost_of_cache_read)::bigint as cost_of_cache_read, sum(cost_of_cache_write_5m)::bigint as cost_of_cache_write_5m, sum(cost_of_cache_write_1h)::bigint as cost_of_cache_write_1h, sum(cost_of_output)::bigint as cost_of_output, sum(cost_of_audio_in)::bigint as cost_of_audio_in, sum(cost_of_audio_out)::bigint as cost_of_audio_out, sum(cost_of_image)::bigint as cost_of_image, sum(cost_of_request)::bigint as cost_of_request from filled group by 1, 2) f
  where r.bucket = f.at and r.series_id = f.series_id;
update telemetry.rollup_day r set req_invalid = nullif(f.req_invalid, 0), hit_timed = nullif(f.hit_timed, 0), hit_ms = nullif(f.hit_ms, 0), call_timed = nullif(f.call_timed, 0), call_ms = nullif(f.call_ms, 0), cost_of_input = nullif(f.cost_of_input, 0), cost_of_cache_read = nullif(f.cost_of_cache_read, 0), cost_of_cache_write_5m = nullif(f.cost_of_cache_write_5m, 0), cost_of_cache_write_1h = nullif(f.cost_of_cache_write_1h, 0), cost_of_output = nullif(f.cost_of_output, 0), cost_of_audio_in = nullif(f.cost_of_audio_in, 0), cost_of_audio_out = nullif(f.cost_of_audio_out, 0), cost_of_image = nullif(f.cost_of_image, 0), cost_of_request = nullif(f.cost_of_request, 0)
  from (select date_trunc('day', bucket, (select time_zone from telemetry.rollup_zone)) as at, series_id, sum(req_invalid)::bigint as req_invalid, sum(hit_timed)::bigint as hit_timed, sum(hit_ms)::bigint as hit_ms, sum(call_timed)::bigint as call_timed, sum(call_ms)::bigint as call_ms, sum(cost_of_input)::bigint as cost_of_input, sum(cost_of_cache_read)::bigint as cost_of_cache_read, sum(cost_of_cache_write_5m)::bigint as cost_of_cache_write_5m, sum(cost_of_cache_write_1h)::bigint as cost_of_cache_write_1h, sum(cost_of_output)::bigint as cost_of_output, sum(cost_of_audio_in)::bigint as cost_of_audio_in, sum(cost_of_audio_out)::bigint as cost_of_audio_out, sum(cost_of_image)::bigint as cost_of_image, sum(cost_of_request)::bigint as cost_of_request from filled group by 1, 2) f
  where r.bucket = f.at and r.series_id = f.series_id;
