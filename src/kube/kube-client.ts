/**
 * The port to the Kubernetes API server, and what it answers.
 *
 * In: a path (`/api/v1/namespaces/default/pods/web-0`) and a deadline. Out: one of four answers, never an exception, so
 * that each caller decides by kind what a missing pod or a silent server means to it. Retries are the adapter's
 * business; a caller who sees `unreachable` has nothing left to try before its deadline.
 */

/** What came of a request. `body` is parsed JSON that nobody has validated yet. */
export type KubeResponse =
  | { readonly kind: 'ok'; readonly body: unknown }
  /** 404: no such object; with `isResourceUnknown` no such resource, as before a CustomResourceDefinition is installed. */
  | { readonly kind: 'absent'; readonly isResourceUnknown?: true }
  /** Any other 4xx, which is final (401, 403, 409, 422 …). */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /**
   * No final answer before the deadline, or one of another than an API server, or `isTooLarge` to be read. `isSilent`: nothing at
   * all was heard of the server, which may only be slow.
   */
  | { readonly kind: 'unreachable'; readonly cause: string; readonly isTooLarge?: true; readonly isSilent?: true };

/** Requests to one API server with one identity. `path` begins with a slash and is already percent-encoded. */
export interface KubeClient {
  get(path: string, deadline: AbortSignal): Promise<KubeResponse>;
  /** JSON merge patch (application/merge-patch+json). */
  mergePatch(path: string, body: unknown, deadline: AbortSignal): Promise<KubeResponse>;
  /** Closes the kept-alive connection so that the process can end; what is still under way becomes `unreachable`. */
  close(): void;
}

/** Gives the client, opened at the first call; `deadline` bounds the loading of credentials. Throws: code 7. */
export type OpenKubeClient = (deadline: AbortSignal) => Promise<KubeClient>;
