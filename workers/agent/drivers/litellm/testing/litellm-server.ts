/**
 * LiteLLM's management API as its sources and documents describe it (proxy 1.94, autumn 2026), with what it does not say
 * aloud: a patch merges and keeps what was left out; keys are masked on reading; the model list is what this replica
 * loaded, up to a reload interval after the database changed; `/config/update` answers success and drops settings.
 */
import { serve, type Asked, type Reply, type TestServer } from "../../foreign/testing/http-server";

interface Row {
  model_name: string;
  litellm_params: Record<string, unknown>;
  model_info: Record<string, unknown> & { id: string };
}

export interface LitellmServer extends TestServer {
  /** In the database. */
  rows: Map<string, Row>;
  fallbacks: Map<string, string[]>;
  /** Model names that somebody asked, with the deployment that answered. */
  served: string[];
  behave: {
    /** How many reads show the old list after a change. */
    staleReads: number;
    /** Patches answer 200 and change nothing. */
    dropsPatches: boolean;
    strategy: string;
    /** A request for this model name fails. */
    broken: string | null;
  };
}

export const MASTER_KEY = "sk-master-1234";

export async function litellmServer(configured: Row[] = []): Promise<LitellmServer> {
  const rows = new Map(configured.map((row): [string, Row] => [row.model_info.id, row]));
  const fallbacks = new Map<string, string[]>();
  const served: string[] = [];
  const behave: LitellmServer["behave"] = { staleReads: 0, dropsPatches: false, strategy: "simple-shuffle", broken: null };
  let loaded = snapshot(rows);
  let stale = 0;
  const changed = () => void (stale = behave.staleReads);

  const server = await serve((asked): Reply => {
    if (asked.headers.authorization !== `Bearer ${MASTER_KEY}`) {
      return {
        status: 401,
        json: { error: { message: "Authentication Error, Invalid proxy server token passed", code: "401" } },
      };
    }
    const { method } = asked;
    const path = decodeURIComponent(new URL(asked.path, "http://x").pathname);
    const patched = /^\/model\/([^/]+)\/update$/.exec(path);
    const fallback = /^\/fallback\/([^/]+)$/.exec(path);
    if (method === "GET" && path === "/health/liveliness") return { text: '"I\'m alive!"' };
    if (method === "GET" && path === "/model/info") {
      if (stale > 0) stale--;
      else loaded = snapshot(rows);
      return { json: { data: loaded.map(masked) } };
    }
    if (method === "GET" && path === "/router/settings") {
      return { json: { fields: [], current_values: { routing_strategy: behave.strategy }, routing_strategy_descriptions: {} } };
    }
    if (method === "POST" && path === "/model/new") {
      const row = JSON.parse(asked.text) as Row;
      if (rows.has(row.model_info.id)) return { status: 500, json: { error: "Unique constraint failed on model_id" } };
      rows.set(row.model_info.id, { ...row, model_info: { ...row.model_info, db_model: true } });
      changed();
      return { json: { model_id: row.model_info.id } };
    }
    if (method === "PATCH" && patched) return patch(patched[1]!, asked);
    if (method === "POST" && path === "/model/delete") {
      const { id } = JSON.parse(asked.text) as { id: string };
      if (!rows.delete(id)) return { status: 400, json: { error: { message: `Model with id=${id} not found in db` } } };
      changed();
      return { json: { message: `Model: ${id} deleted successfully` } };
    }
    if (method === "POST" && path === "/fallback") return setFallbacks(asked);
    if (fallback && method === "GET") {
      const models = fallbacks.get(fallback[1]!);
      if (!models) return { status: 404, json: { detail: { error: "No general fallbacks configured" } } };
      return { json: { model: fallback[1], fallback_models: models, fallback_type: "general" } };
    }
    if (fallback && method === "DELETE") return { status: fallbacks.delete(fallback[1]!) ? 200 : 404, json: {} };
    if (method === "POST" && path === "/config/update") return { json: { message: "Config updated successfully" } };
    if (method === "POST" && path === "/v1/chat/completions") return chat(asked);
    return { status: 404, json: { detail: "Not Found" } };
  });

  function patch(id: string, asked: Asked): Reply {
    const row = rows.get(id);
    if (!row) return { status: 404, json: { error: { message: `Model ${id} not found on proxy.` } } };
    const { litellm_params = {} } = JSON.parse(asked.text) as Partial<Row>;
    const said = Object.entries(litellm_params).filter(([, value]) => value !== null);
    if (!behave.dropsPatches) row.litellm_params = { ...row.litellm_params, ...Object.fromEntries(said) };
    changed();
    return { json: { model_id: id } };
  }

  function setFallbacks(asked: Asked): Reply {
    const { model, fallback_models } = JSON.parse(asked.text) as { model: string; fallback_models: string[] };
    const names = new Set([...rows.values()].map((row) => row.model_name));
    if (!names.has(model)) return { status: 404, json: { detail: { error: `Model '${model}' not found in router` } } };
    if (!fallback_models.every((name) => names.has(name)))
      return { status: 400, json: { detail: { error: "Invalid fallback models" } } };
    fallbacks.set(model, fallback_models);
    return { json: { model, fallback_models, fallback_type: "general", message: "Fallback configuration created successfully" } };
  }

  function chat(asked: Asked): Reply {
    const { model } = JSON.parse(asked.text) as { model: string };
    const found = [...rows.values()].find((row) => row.model_name === model);
    if (!found || behave.broken === model)
      return { status: 500, json: { error: { message: `No deployment of ${model} answered` } } };
    served.push(model);
    return { headers: { "x-litellm-model-id": found.model_info.id }, json: { choices: [{ message: { content: "pong" } }] } };
  }

  return { ...server, rows, fallbacks, served, behave };
}

const snapshot = (rows: ReadonlyMap<string, Row>): Row[] => structuredClone([...rows.values()]);

function masked(row: Row): Row {
  const { api_key: _key, ...params } = row.litellm_params;
  return { ...row, litellm_params: params };
}
