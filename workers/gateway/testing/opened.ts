/** Starts test upstreams and gateways, and ends them after each test, gateways first. */
import fs from "node:fs";
import { afterEach } from "vitest";
import { gatewayProcess, type GatewayProcess, type GatewaySetup } from "./gateway-process";
import { inProcess, type TestGateway } from "./in-process";
import { testUpstream, type TestUpstream } from "./upstream";

const upstreams: TestUpstream[] = [];
const gateways: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((stop) => stop()));
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
});

export async function upstream(): Promise<TestUpstream> {
  const started = await testUpstream();
  upstreams.push(started);
  return started;
}

export async function gateway(...args: Parameters<typeof inProcess>): Promise<TestGateway> {
  const started = await inProcess(...args);
  gateways.push(started.stop);
  return started;
}

export async function gatewayProgram(setup: GatewaySetup): Promise<GatewayProcess> {
  const started = await gatewayProcess(setup);
  gateways.push(async () => {
    const runs = started.child.exitCode === null && started.child.signalCode === null;
    if (runs) await started.kill("SIGKILL");
    fs.rmSync(started.dir, { recursive: true, force: true });
  });
  return started;
}
