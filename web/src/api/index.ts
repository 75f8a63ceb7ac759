/**
 * The API as typed functions: `v1.readBalance({ throwOnError: true })`; version 2 is in `v2.ts`.
 *
 * Every answer is checked against its shape; whatever goes wrong is thrown as an ApiError.
 */
import { toApiError } from "./error";
import * as v1 from "./generated/v1";
import { client } from "./generated/v1/client.gen";

client.interceptors.error.use((thrown, response) => toApiError(thrown, response));

export { ApiError, type Problem } from "./error";
export { v1 };
