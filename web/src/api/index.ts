/**
 * The API as typed functions: `v1.readBalance({ throwOnError: true })`, `v2.submitSummarize(…)`.
 *
 * Every answer is checked against its shape; whatever goes wrong is thrown as an ApiError.
 */
import { toApiError } from "./error";
import * as v1 from "./generated/v1";
import { client as clientV1 } from "./generated/v1/client.gen";
import * as v2 from "./generated/v2";
import { client as clientV2 } from "./generated/v2/client.gen";

clientV1.interceptors.error.use((thrown, response) => toApiError(thrown, response));
clientV2.interceptors.error.use((thrown, response) => toApiError(thrown, response));

export { ApiError, type Problem } from "./error";
export { v1, v2 };
