/** Runs in the browser before every other script of a page. */
import * as z from "zod/mini";

// zod otherwise tries `new Function`, which our policy forbids and every browser reports.
z.config({ jitless: true });
