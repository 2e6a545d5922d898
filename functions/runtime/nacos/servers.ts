import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import type { NacosSettings } from '../env.ts';
import { requireCertificate } from '../outbound/pem.ts';

/** The configured servers: which one is next, and the pooled connections to them. */
export interface Servers {
  /** `host:port, host:port`, for messages. */
  readonly names: string;
  readonly isSingle: boolean;
  /** The servers in the order in which a question goes to them now. */
  readonly inOrder: () => readonly URL[];
  /** It answered: it is asked first from now on. */
  readonly prefer: (server: URL) => void;
  /** Of the pooled connections. */
  readonly agentFor: (server: URL) => http.Agent;
  /** Of one new connection, to be destroyed after its request. */
  readonly createAgent: (server: URL) => http.Agent;
  /** A request went out on a connection to this IP address. Returns what to call when its answer is here. */
  readonly expectAnswer: (address: string) => () => void;
  close(): void;
}

/** Begins with a random server. Throws when NACOS_CA_FILE cannot be read. */
export function createServers({ servers, caFile }: NacosSettings, random: () => number): Servers {
  const ca = readAuthorities(caFile);
  const unanswered = new Map<string, number>(); // requests by IP address
  const lookup = createLookup((address) => unanswered.get(address) ?? 0);
  const agents = new Map<string, http.Agent>(); // made when needed: without https, TLS is not loaded yet
  let first = Math.floor(random() * servers.length);

  function createAgent({ protocol }: URL): http.Agent {
    const options = { keepAlive: true, lookup };
    return protocol === 'https:' ? new https.Agent({ ...options, ca }) : new http.Agent(options);
  }
  return {
    names: servers.map((server) => server.host).join(', '),
    isSingle: servers.length === 1,
    inOrder: () => [...servers.slice(first), ...servers.slice(0, first)],
    prefer: (server) => {
      first = Math.max(servers.indexOf(server), 0);
    },
    agentFor: (server) => {
      const agent = agents.get(server.protocol) ?? createAgent(server);
      agents.set(server.protocol, agent);
      return agent;
    },
    createAgent,
    expectAnswer: (address) => {
      unanswered.set(address, (unanswered.get(address) ?? 0) + 1);
      return () => unanswered.delete(address);
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/**
 * Node's own lookup, with the addresses on which fewer requests wait for an answer first: behind one name there may be
 * several servers, one of which hangs, and the resolver gives them in the same order each time.
 */
function createLookup(countUnanswered: (address: string) => number): LookupFunction {
  return (hostname, options, callback) => {
    const { lookup } = process.getBuiltinModule('node:dns'); // an IP address needs none: not loaded with this module
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const sorted = addresses.toSorted((a, b) => countUnanswered(a.address) - countUnanswered(b.address));
      if (options.all === true) return callback(null, sorted);
      callback(null, sorted[0]?.address ?? '', sorted[0]?.family ?? 0);
    });
  };
}

function readAuthorities(caFile: string | undefined): Buffer | undefined {
  if (caFile === undefined) return undefined;
  try {
    const authorities = readFileSync(caFile);
    requireCertificate(authorities);
    return authorities;
  } catch (error) {
    throw new Error(`environment: NACOS_CA_FILE: expected a readable PEM file, got ${JSON.stringify(caFile)}`, {
      cause: error,
    });
  }
}
