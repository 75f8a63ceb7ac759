/** A receiver of webhooks: a real server on loopback, at the one address that the shared stack may call. */
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

export class Receiver {
  /** What it answers from now on. */
  status = 200;
  readonly received: Received[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Listen on E2E_RECEIVER, which one test alone may do. */
  static async start(): Promise<Receiver> {
    const host = process.env.E2E_RECEIVER ?? "";
    const server = createServer();
    const receiver = new Receiver(server, `http://${host}/nexus`);
    server.on("request", (request: IncomingMessage, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        receiver.received.push({ headers: request.headers, body });
        response.writeHead(receiver.status, { Connection: "close" }).end();
      });
    });
    await new Promise<void>((ready, failed) => {
      server.on("error", failed);
      server.listen(Number(host.split(":")[1]), "127.0.0.1", ready);
    });
    return receiver;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
