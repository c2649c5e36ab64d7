/**
 * How requests to a store leave a device: by the host's HTTP. The tools, which have the same client in Node, have another
 * file of this name (tools/cloud/transport.mjs).
 */
import { StoreError } from 'ocellus/app/cloud/object-store';
import { hashBody } from 'ocellus/app/cloud/payload-hash';
import { HttpError, type Reply, request, type RequestInit } from 'ocellus/app/net/request';
import type { Body } from 'ocellus/body';
import { hex, sha256 } from 'ocellus/crypto';

/** What a request may send. */
export type Payload = string | Uint8Array | Body;

/** What kept a request from its reply, as an error. `what`: the request ("PUT film/a.m4s"). */
export function failureOf(what: string, error: unknown): StoreError {
    if (!(error instanceof HttpError)) {
        return new StoreError('INVALID', `${what}: ${error instanceof Error ? error.message : String(error)}`, false);
    }
    switch (error.code) {
        case 'RESOLVE':
        case 'CONNECT':
        case 'TIMEOUT':
        case 'RESET':
        case 'PROXY':
            return new StoreError('OFFLINE', error.message, true, error.code);
        case 'TLS':
            return new StoreError('TLS', error.message, false);
        case 'PROTOCOL':
            return new StoreError('SERVER', error.message, true);
        case 'REDIRECT':
            return new StoreError('REDIRECT', error.message, false);
        case 'TOO_BIG':
        case 'CLOSED':
            return new StoreError('INVALID', error.message, false);
    }
}

/** Sends a request, once, and gives its reply, whatever that says. Rejects with StoreError. `what`: as above. */
export async function sendTo(what: string, url: string, init: RequestInit): Promise<Reply> {
    try {
        return await request(url, init);
    } catch (error) {
        throw failureOf(what, error);
    }
}

/** SHA-256 of what is sent, in hexadecimal. Rejects with StoreError. `what`: as above. */
export async function hashOf(what: string, payload: Payload): Promise<string> {
    if (typeof payload === 'string' || payload instanceof Uint8Array) {
        return hex(sha256(typeof payload === 'string' ? new TextEncoder().encode(payload) : payload));
    }
    try {
        return await hashBody(payload);
    } catch (error) {
        throw failureOf(what, error);
    }
}
