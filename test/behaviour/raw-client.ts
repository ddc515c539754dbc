export { joinRaw, type RawClient } from "../../sdk/testing/suite/raw-client.ts";
