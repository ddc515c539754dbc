import { openMswServer } from "./msw-server.ts";
import { runBehaviourSuite } from "./suite.ts";

runBehaviourSuite("msw", openMswServer);
