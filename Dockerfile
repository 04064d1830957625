# An image that Docker, repo2docker, BinderHub and JupyterHub (Kubernetes, DockerSpawner) start:
#   docker build -t gpt-in-typescript . && docker run --rm -p 8888:8888 gpt-in-typescript
# Nothing in it needs root when it runs; a student writes in ~/gpt-in-typescript only.
FROM node:24-bookworm
RUN apt-get update && \
    apt-get install -y --no-install-recommends python3-venv && \
    rm -rf /var/lib/apt/lists/*

ARG NB_USER=jovyan
ARG NB_UID=1000
ENV NB_USER=${NB_USER} NB_UID=${NB_UID} HOME=/home/${NB_USER}
# The base image's own user has this number; it gets the name that JupyterHub expects.
RUN usermod --login ${NB_USER} --uid ${NB_UID} --home ${HOME} --move-home node

COPY . /opt/gpt-in-typescript
WORKDIR /opt/gpt-in-typescript
RUN HOME=/root node scripts/setup/setup.mjs && \
    .venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r scripts/setup/jupyterhub.txt && \
    .venv/bin/pip check && \
    rm -rf /root/.npm /root/.cache

ENV PATH=/opt/gpt-in-typescript/.venv/bin:${PATH}
USER ${NB_UID}
WORKDIR ${HOME}
EXPOSE 8888
ENTRYPOINT ["sh", "/opt/gpt-in-typescript/scripts/setup/copy-for-student.sh", "gpt-in-typescript"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks"]
