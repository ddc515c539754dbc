export type { Emulator } from "../../server/core/terminals/emulator.ts";
export { createMockServer, type MockClientOptions, type MockServer } from "./create-mock-server.ts";
export type {
  BuiltInEntities,
  CollectionName,
  EntityChanges,
  EntityIn,
  NewEntity,
  ProjectSeed,
  ProjectState,
} from "./entity-values.ts";
export {
  aMail,
  aProject,
  aSession,
  aTask,
  aTeamMember,
  createFactories,
  type Factories,
  type Overrides,
} from "./factories.ts";
export type { Faults, RestartOptions } from "./faults.ts";
export { loadEmulator } from "./load-emulator.ts";
export {
  createMemoryNetwork,
  type MemoryConnection,
  type MemoryNetwork,
  type MemoryNetworkOptions,
} from "./memory-transport.ts";
export type { MockAuth, MockIdentity } from "./mock-auth.ts";
export type { MockOptions } from "./mock-options.ts";
export type { NextOptions, RejectOptions } from "./planned-faults.ts";
export type { ReplayReport } from "./replay/replay-trace.ts";
export type { MockProject } from "./second-user/mock-project.ts";
export type { MockTerminal } from "./second-user/mock-terminal.ts";
export type { Sent } from "./sent.ts";
export type { ProtocolServer, ProtocolServerSetup, TokenClaims } from "./suite/protocol-server.ts";
export {
  type ProtocolFact,
  type ProtocolReport,
  type ProtocolServers,
  type ProtocolSuiteOptions,
  protocolFacts,
  runProtocolSuite,
} from "./suite/protocol-suite.ts";
export { type SocketIoManager, type SocketIoSocket, socketIoTransport } from "./suite/socket-io-transport.ts";
