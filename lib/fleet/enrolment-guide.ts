/**
 * How something is connected, as steps to copy. Pure, for the dialog of /fleet. Its test runs every command that is
 * printed here against the programs themselves.
 */
import type { Connector } from "@/lib/protocol/connectors";

export interface EnrolmentStep {
  text: string;
  /** For a POSIX shell, as it is. */
  command?: string;
}

export interface EnrolmentGuide {
  title: string;
  steps: EnrolmentStep[];
}

export interface Enrolment {
  connector: Connector;
  /** As the target reaches it. */
  consoleUrl: string;
  token: string;
  name: string;
}

interface Kind {
  title: string;
  /** What the thing itself needs, before the agent starts. */
  before: EnrolmentStep[];
  /** The agent's own file, without name and console. */
  target: Record<string, unknown>;
  collectors?: Record<string, unknown>;
  /** Environment variables with what belongs there. */
  secrets: Record<string, string>;
  after: EnrolmentStep[];
}

export function enrolmentSteps(enrolment: Enrolment): EnrolmentGuide {
  return enrolment.connector === "headroom-gateway" ? gatewayGuide(enrolment) : agentGuide(enrolment, KINDS[enrolment.connector]);
}

const NODE = "One file that needs nothing but Node.js 20.19 or newer.";
const COME_BACK =
  "It appears on /fleet within seconds. The token is for the first start only; later ones find what they need in the state folder.";

function gatewayGuide({ consoleUrl, token, name }: Enrolment): EnrolmentGuide {
  const config = {
    name,
    console: { url: consoleUrl },
    listen: { host: "127.0.0.1", port: 4180 },
    stateDir: "gateway-state",
    upstreams: { openai: { baseUrl: "https://api.openai.com/v1", apiKeyEnv: "OPENAI_API_KEY", provider: "openai" } },
    identity: { clients: { app: { keyEnv: "APP_KEY", tenant: "acme" } } },
  };
  const start = `node gateway.mjs --config gateway.json`;
  return {
    title: "Connect a Headroom gateway",
    steps: [
      {
        text: `In Headroom's folder, build the gateway, and copy dist/gateway.mjs to the machine. ${NODE}`,
        command: "npm run build:gateway",
      },
      {
        text: "On that machine, say where the models are and who may call. Names of upstreams are what routing policies use.",
        command: writeFile("gateway.json", config),
      },
      {
        text: "Set the keys that the file names; they stay on this machine.",
        command: setSecrets({ OPENAI_API_KEY: "key of the upstream", APP_KEY: "key your application will send" }),
      },
      { text: "Check the file.", command: `${start} --check` },
      { text: `Start it. ${COME_BACK}`, command: `${start} --enrol ${quoted(token)}` },
      {
        text: "Your application calls http://127.0.0.1:4180/v1 with APP_KEY. Until a policy is published on /policies it answers that there is no route.",
      },
    ],
  };
}

function agentGuide({ connector, consoleUrl, token, name }: Enrolment, kind: Kind): EnrolmentGuide {
  const { collectors } = kind;
  const config = {
    name,
    console: { url: consoleUrl },
    stateDir: "agent-state",
    target: { connector, ...kind.target },
    ...(collectors ? { collectors } : {}),
  };
  const start = "node agent.mjs --config agent.json";
  const secrets = Object.keys(kind.secrets).length > 0;
  return {
    title: `Connect ${kind.title}`,
    steps: [
      ...kind.before,
      {
        text: `In Headroom's folder, build the agent, and copy dist/agent.mjs to the machine where it runs. ${NODE}`,
        command: "npm run build:agent",
      },
      {
        text: "On that machine, write the agent's file and put in your addresses. Everything local is in it and only in it.",
        command: writeFile("agent.json", config),
      },
      ...(secrets
        ? [{ text: "Set the keys that the file names; they stay on this machine.", command: setSecrets(kind.secrets) }]
        : []),
      { text: "Check the file.", command: `${start} --check` },
      { text: `Start the agent. ${COME_BACK}`, command: `${start} --enrol ${quoted(token)}` },
      ...kind.after,
    ],
  };
}

const KINDS: Record<Exclude<Connector, "headroom-gateway">, Kind> = {
  engine: {
    title: "an inference engine",
    before: [],
    target: {
      engine: "vllm",
      models: { "llama-3.1-8b": "meta-llama/Llama-3.1-8B-Instruct" },
      initial: { model: "llama-3.1-8b", servedModelName: "chat" },
      executor: {
        kind: "process",
        command: ["vllm", "serve", "{model}"],
        front: { host: "127.0.0.1", port: 8000 },
        replace: "instead",
      },
    },
    collectors: { pool: "chat", sources: [{ kind: "vllm", url: "http://127.0.0.1:8000/metrics" }, { kind: "nvidia-smi" }] },
    secrets: {},
    after: [
      {
        text: "Gateways call http://127.0.0.1:8000 from now on: the agent starts the engine behind it and replaces it without a new address. With memory for two engines set replace to side-by-side; requests then never wait.",
      },
    ],
  },
  litellm: {
    title: "a LiteLLM proxy",
    before: [
      {
        text: "LiteLLM must keep its models in its database, and route by simple-shuffle (its default): other strategies ignore weights. Start it with",
        command: "export STORE_MODEL_IN_DB=True",
      },
    ],
    target: {
      url: "http://127.0.0.1:4000",
      upstreams: {
        openai: { provider: "openai", apiKeyEnv: "OPENAI_API_KEY" },
        pool: { provider: "hosted_vllm", apiBase: "http://127.0.0.1:8000/v1" },
      },
    },
    secrets: { LITELLM_MASTER_KEY: "master key of LiteLLM", OPENAI_API_KEY: "key of the upstream" },
    after: [
      {
        text: "Several replicas behind one address? List each in target.readFrom, so that a change counts only when all have it. Deployments that you made yourself are never touched; a route must not have the same name as one of them.",
      },
    ],
  },
  "vllm-router": {
    title: "a vLLM production-stack router",
    before: [
      {
        text: "The router must watch a file that the agent may write. Add this to how it is started, beside what you have:",
        command: "vllm-router --dynamic-config-json /etc/vllm-router/dynamic.json",
      },
    ],
    target: {
      url: "http://127.0.0.1:8001",
      file: "/etc/vllm-router/dynamic.json",
      upstreams: { pool: { engines: ["http://gpu-1:8000", "http://gpu-2:8000"] } },
      stickyHeaders: { user: "x-user-id" },
    },
    secrets: {},
    after: [
      {
        text: "A route is named like the engines' own model name, with one upstream: the router knows no weights. It looks at its file every 10 s.",
      },
    ],
  },
  portkey: {
    title: "a Portkey gateway",
    before: [
      {
        text: "A Portkey gateway that only the agent can reach. Installed with npm it streams only with an older part in it. In a folder of its own:",
        command: "npm init -y && npm pkg set overrides.@hono/node-server=1.14.1 && npm install @portkey-ai/gateway@1.15.2",
      },
      {
        text: "Name your own engines, or it refuses private addresses. It listens on all interfaces: close its port to others.",
        command:
          "TRUSTED_CUSTOM_HOSTS=localhost,127.0.0.1 node node_modules/@portkey-ai/gateway/build/start-server.js --headless --port=8787",
      },
    ],
    target: {
      gateway: "http://127.0.0.1:8787",
      listen: { host: "127.0.0.1", port: 4188 },
      clients: [{ keyEnv: "APP_KEY" }],
      upstreams: {
        openai: { provider: "openai", apiKeyEnv: "OPENAI_API_KEY" },
        pool: { provider: "openai", baseUrl: "http://127.0.0.1:8000/v1" },
      },
    },
    secrets: { APP_KEY: "key your application will send", OPENAI_API_KEY: "key of the upstream" },
    after: [
      { text: "Your application calls http://127.0.0.1:4188/v1 with APP_KEY. Until a policy is published it answers 503." },
    ],
  },
  file: {
    title: "a file with a reload command",
    before: [],
    target: {
      path: "/etc/my-router/policy.json",
      format: "json",
      capabilities: ["routing", "weights", "fallback"],
      reload: { command: ["systemctl", "reload", "my-router"] },
      probe: { url: "http://127.0.0.1:8080/health" },
    },
    secrets: {},
    after: [
      {
        text: 'Say in target.capabilities what your program really does: a policy that asks for more is refused. For another format use {"template": "policy.tmpl"} with {{json /policy/routing}} in it.',
      },
    ],
  },
  webhook: {
    title: "a webhook",
    before: [],
    target: {
      url: "https://router.internal/headroom",
      readBackUrl: "https://router.internal/headroom/current",
      capabilities: ["routing", "weights", "fallback"],
    },
    secrets: { HEADROOM_WEBHOOK_SECRET: "long random text that the receiver knows too" },
    after: [
      {
        text: "The receiver checks x-headroom-signature (v1= and the hex HMAC-SHA256 of x-headroom-timestamp, a dot and the body), does each idempotency-key once, and answers GET on readBackUrl with the payload that is in force.",
      },
    ],
  },
};

/** For a shell: one word, whatever is in it. */
const quoted = (text: string) => (/^[A-Za-z0-9._:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const writeFile = (file: string, json: object) => `cat > ${file} <<'JSON'\n${JSON.stringify(json, null, 2)}\nJSON`;

const setSecrets = (secrets: Record<string, string>) =>
  Object.entries(secrets)
    .map(([variable, what]) => `export ${variable}=${quoted(`<${what}>`)}`)
    .join("\n");
