-- How LiteLLM's keys, teams and users become tenant, endpoint and feature. Shape: lib/telemetry/litellm.
alter table workspace add column litellm_mapping jsonb not null default '{}';

-- What LiteLLM sent, as it came, until a worker has read it: LiteLLM forgets it whatever we answer. A row with a trace
-- is one failed attempt that waits for the attempt that follows it.
create table telemetry.litellm_delivery (
  id bigint generated always as identity constraint litellm_delivery_pkey primary key,
  received_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  failures int not null default 0,
  api_key_id uuid,
  -- Tenants that the sender may write; null is all.
  tenants text[],
  trace_id text collate "C",
  -- gzip of the body
  body bytea not null
);
create index litellm_delivery_due on telemetry.litellm_delivery (due_at, id);
create index litellm_delivery_trace on telemetry.litellm_delivery (trace_id) where trace_id is not null;

-- How far the spend logs of a LiteLLM were reconciled. `source` is its address.
create table telemetry.litellm_pull (
  source text collate "C" not null constraint litellm_pull_pkey primary key,
  done_to timestamptz(3) not null,
  last_at timestamptz(3) not null,
  last_error text,
  filled bigint not null default 0
);
