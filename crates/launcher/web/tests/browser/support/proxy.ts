// A proxy between the browser and the launcher. When it is cut, all connections break and new ones are refused.
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttableProxy {
  url: string;
  cut(): void;
  mend(): void;
  remove(): Promise<void>;
}

export async function proxyTo(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const closeAll = () => open.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      closeAll();
    },
    mend: () => {
      isCut = false;
    },
    remove: () => {
      closeAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
