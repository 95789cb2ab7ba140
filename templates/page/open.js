"use strict";

// Opens a profile that internal/handover/seal.go has sealed. Nothing here touches the page.
// The message of an error is the ID of the element that tells it to the traveller.

const magic = "tripvpn\u0001";
const wordCount = 6;

// readSealed takes a sealed profile apart, given in base64.
async function readSealed(base64) {
    let bytes;
    try {
        bytes = Uint8Array.from(atob(base64.replace(/\s/g, "")), (c) => c.charCodeAt(0));
    } catch {
        throw new Error("damaged");
    }
    const salt = magic.length + 4;
    const nonce = salt + 32;
    const ciphertext = nonce + 12;
    const checksum = bytes.length - 32;
    if (checksum < ciphertext || magic !== String.fromCharCode(...bytes.subarray(0, magic.length))) {
        throw new Error("damaged");
    }
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(0, checksum)));
    if (sum.some((byte, i) => byte !== bytes[checksum + i])) {
        throw new Error("damaged");
    }
    return {
        iterations: new DataView(bytes.buffer).getUint32(magic.length),
        salt: bytes.subarray(salt, nonce),
        nonce: bytes.subarray(nonce, ciphertext),
        ciphertext: bytes.subarray(ciphertext, checksum),
    };
}

// unseal returns the profile's bytes. The passphrase is the letters of the words, or the key
// of a link.
async function unseal(sealed, passphrase) {
    const words = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
    const key = await crypto.subtle.deriveKey(
        { name: "PBKDF2", hash: "SHA-256", salt: sealed.salt, iterations: sealed.iterations },
        words, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    try {
        return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.nonce }, key, sealed.ciphertext));
    } catch {
        throw new Error("wrong-words");
    }
}

// lettersOf drops everything but letters, as Letters of internal/handover/words.go does.
function lettersOf(text) {
    return text.toLowerCase().replace(/[^a-z]/g, "");
}

// lettersTyped returns the letters of what was typed, if it is six words of the list. It does
// not matter what is between them, because no word is the beginning of another.
function lettersTyped(typed, list) {
    const known = new Set(list.map(lettersOf));
    const longest = Math.max(...list.map((word) => word.length));
    const letters = lettersOf(typed);
    let count = 0;
    for (let at = 0; at < letters.length; count++) {
        let end = at + 1;
        while (end - at <= longest && !known.has(letters.slice(at, end))) {
            end++;
        }
        if (end - at > longest) {
            throw Object.assign(new Error("unknown-word"), { word: pieceAt(typed, at) });
        }
        at = end;
    }
    if (count !== wordCount) {
        throw Object.assign(new Error("word-count"), { count });
    }
    return letters;
}

// pieceAt returns what was typed between spaces or commas around the letter of that number.
function pieceAt(typed, number) {
    for (const piece of typed.split(/[\s,.;]+/)) {
        number -= lettersOf(piece).length;
        if (number < 0) {
            return piece;
        }
    }
    return "";
}
