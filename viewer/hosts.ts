import { isIP } from "node:net";

/** Whether a host name or address means this machine alone. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/**
 * Whether a request's `Host` header may be answered. A page elsewhere can make its own name point at us (DNS
 * rebinding), but cannot make a browser send a name that is ours: on loopback only loopback names are known, else the
 * name that was served under and addresses.
 */
export function hostIsKnown(header: string | undefined, served: string): boolean {
  if (header === undefined || !/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/.test(header)) return false;
  const host = header.replace(/:\d{1,5}$/, "").toLowerCase();
  if (isLoopback(host)) return true;
  if (isLoopback(served)) return false;
  return host === served.toLowerCase() || isIP(host.replace(/^\[|\]$/g, "")) !== 0;
}
