"use strict";

// Shows and hides the page's elements. Their text is in en.html.tmpl.

(() => {
    const element = (id) => document.getElementById(id);
    const notices = ["word-count", "unknown-word", "wrong-words", "damaged"];
    const name = document.body.dataset.device + ".ovpn";

    function start() {
        if (typeof unseal !== "function") {
            return; // the browser has refused open.js
        }
        element("ended").hidden = Date.now() < Date.parse(document.body.dataset.until);
        for (const choice of element("devices").elements) {
            choice.addEventListener("change", () => showSteps(choice.value));
        }
        showSteps(guessDevice());
        element("devices").hidden = false;
        element("locked").addEventListener("submit", (event) => {
            event.preventDefault();
            open();
        });
        element("passphrase").addEventListener("keydown", (event) => {
            if (event.key === "Enter") {
                event.preventDefault();
                open();
            }
        });
        const able = Boolean(window.crypto && window.crypto.subtle); // undefined outside a secure context
        const linked = "linked" in document.body.dataset;
        element("locked").hidden = !able || linked;
        element("no-crypto").hidden = able;
        element("inert").hidden = true;
        if (able && linked) {
            content(location.hash.slice(1)).then(offer, () => { element("wrong-key").hidden = false; });
        }
    }

    // guessDevice tells the device from what the browser says. An iPad says that it is a Mac.
    function guessDevice() {
        const agent = navigator.userAgent;
        if (/iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) {
            return "ios";
        }
        return (/Android|Windows|Macintosh/.exec(agent) || ["Linux"])[0].toLowerCase().replace("intosh", "os");
    }

    function showSteps(device) {
        for (const choice of element("devices").elements) {
            choice.checked = choice.value === device;
            element(choice.value).hidden = choice.value !== device;
        }
        showTap();
    }

    // showTap shows the button for one tap on phones, if there is an address for it.
    function showTap() {
        const phone = document.querySelector('[value="ios"]:checked, [value="android"]:checked');
        element("tap").hidden = !(phone && element("one-tap").href);
    }

    async function open() {
        show(null);
        const button = element("locked").querySelector("button");
        button.disabled = true;
        element("busy").firstElementChild.hidden = false;
        try {
            const letters = lettersTyped(element("passphrase").value, element("words").textContent.split("\n"));
            offer(await content(letters));
        } catch (error) {
            show(error);
            element("passphrase").focus();
        } finally {
            button.disabled = false;
            element("busy").firstElementChild.hidden = true;
        }
    }

    // content decrypts the profile, and the address of the unsealed profile behind a zero byte,
    // if there is one. It compares the profile with the fingerprint that the page shows.
    async function content(passphrase) {
        const all = await unseal(await readSealed(element("sealed").textContent), passphrase);
        const end = all.includes(0) ? all.indexOf(0) : all.length;
        const bytes = all.subarray(0, end);
        const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const digits = Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
        if (!digits.startsWith(document.body.dataset.fingerprint)) {
            throw new Error("damaged");
        }
        return { bytes, address: new TextDecoder().decode(all.subarray(end + 1)) };
    }

    // show shows the notice of an error, or none.
    function show(error) {
        for (const id of notices) {
            element(id).hidden = true;
        }
        if (!error) {
            return;
        }
        element("unknown").textContent = error.word;
        element("count").textContent = error.count;
        element(notices.includes(error.message) ? error.message : "damaged").hidden = false;
    }

    // offer lets the traveller take the profile. OpenVPN Connect fetches it from an address behind
    // openvpn://import-profile/, see doc/webauth.md of OpenVPN 3.
    function offer({ bytes, address }) {
        const text = new TextDecoder().decode(bytes);
        const file = new File([bytes], name, { type: "application/x-openvpn-profile" });
        element("save").href = URL.createObjectURL(file);
        element("save").download = name;
        if (address) {
            element("one-tap").href = "openvpn://import-profile/" + address;
            showTap();
        }
        element("share").hidden = !(navigator.canShare && navigator.canShare({ files: [file] }));
        element("share").addEventListener("click", () => navigator.share({ files: [file] }).catch(() => {})); // the traveller's refusal is no error
        element("profile").value = text;
        element("copy").addEventListener("click", () => copy(text));
        element("servers").textContent = [...new Set(Array.from(text.matchAll(/^remote (\S+)/gm), (match) => match[1]))].join(", ");
        element("at").hidden = false;
        element("passphrase").value = "";
        element("locked").hidden = true;
        element("opened").hidden = false;
        element("opened").querySelector("h2").focus();
    }

    // copy copies the text. Where the browser refuses, the text stays selected for the traveller
    // to copy.
    function copy(text) {
        element("profile").select();
        if (navigator.clipboard) {
            navigator.clipboard.writeText(text).then(() => { element("copied").hidden = false; }, () => {});
        }
    }

    start();
})();
