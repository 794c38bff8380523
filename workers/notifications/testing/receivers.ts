/** Real receivers on this machine: an HTTP server and a mail server that write down what they got. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface HttpReceiver {
  host: string;
  url: string;
  received: Received[];
  close(): Promise<void>;
}

/** `answer`: what the n-th call (from 1) is answered; default 200. */
export async function httpReceiver(
  answer: (n: number, received: Received) => { status: number; headers?: Record<string, string>; body?: string } = () => ({
    status: 200,
    body: "ok",
  }),
): Promise<HttpReceiver> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
      received.push(one);
      const { status, headers, body } = answer(received.length, one);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface MailReceiver {
  host: string;
  port: number;
  /** Whole mails with their headers. */
  mails: string[];
  close(): Promise<void>;
}

export async function mailReceiver(): Promise<MailReceiver> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString("utf8"));
        done();
      });
    },
  });
  // A sender that is killed leaves its connection broken.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

export const headerOf = (mail: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(mail.replace(/\r\n[ \t]+/g, " "))?.[1]?.trim();
