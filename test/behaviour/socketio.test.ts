import { openSocketIoServer } from "./socketio-server.ts";
import { runBehaviourSuite } from "./suite.ts";

runBehaviourSuite("socket.io", openSocketIoServer);
