export {
  createMemoryNetwork,
  type MemoryConnection,
  type MemoryNetwork,
  type MemoryNetworkOptions,
} from "./memory-transport.ts";
