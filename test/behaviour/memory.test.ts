import { openMemoryServer } from "./memory-server.ts";
import { runBehaviourSuite } from "./suite.ts";

runBehaviourSuite("memory", openMemoryServer);
