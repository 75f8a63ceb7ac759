/** Version 2 as typed functions. It stands apart because only the page that asks for work loads it. */
import { toApiError } from "./error";
import * as v2 from "./generated/v2";
import { client } from "./generated/v2/client.gen";

client.setConfig({ parseAs: "json" });
client.interceptors.error.use((thrown, response) => toApiError(thrown, response));

export { v2 };
