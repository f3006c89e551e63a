"""nginx.py FOLDER SECONDS - a server with TLS on a port of its own, and a client that sends requests."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  gzip on; gzip_types text/plain; gzip_min_length 100;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem; root {folder}/root; default_type text/plain; }} }}
"""


def prepare(folder):
    os.makedirs(f"{folder}/root", exist_ok=True)
    os.chmod(folder, 0o755)
    with open(f"{folder}/root/page", "w", encoding="ascii") as f:
        f.writelines(f"line {i} of some text\n" for i in range(20000))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                    "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out",
                    f"{folder}/cert.pem"], check=True, stderr=subprocess.DEVNULL)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as f:
        f.write(CONFIG.format(folder=folder, port=port))
    return port


def ask(port, end):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while time.time() < end:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
        for number in range(6):
            packed = {"Accept-Encoding": "gzip"} if number % 3 == 0 else {}
            connection.request("GET", "/page", headers=packed)
            connection.getresponse().read()
        connection.close()


def main():
    folder, seconds = sys.argv[1], int(sys.argv[2])
    port = prepare(folder)
    server = subprocess.Popen(["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"])
    try:
        while server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        end = time.time() + seconds + 1
        clients = [threading.Thread(target=ask, args=(port, end)) for _ in range(2)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        server.terminate()
        server.wait()


main()
