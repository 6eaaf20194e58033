"""predict_fastapi.py: FastAPI and scikit-learn in their usual form; `uvicorn predict_fastapi:app` in the folder of model.joblib.

`python predict_fastapi.py FOLDER` trains that model on FOLDER/rows.csv, the target in its last column.
"""
import os
import sys

import joblib
import jwt
import numpy as np
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

MODEL = "model.joblib"


class Rows(BaseModel):
    features: list[list[float]]


def serve() -> FastAPI:
    app, bearer, model, secret = FastAPI(), HTTPBearer(), joblib.load(MODEL), os.environ["JWT_SECRET"]

    async def user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> str:
        try:
            return jwt.decode(credentials.credentials, secret, algorithms=["HS256"])["sub"]
        except jwt.PyJWTError:
            raise HTTPException(401, "invalid token")

    # On the event loop, not in the thread pool: its best form for one row.
    @app.post("/predict")
    async def predict(rows: Rows, _user: str = Depends(user)) -> dict:
        return {"predictions": model.predict(np.asarray(rows.features)).tolist()}

    return app


if __name__ == "__main__":
    from sklearn.ensemble import RandomForestRegressor

    os.chdir(sys.argv[1])
    table = np.loadtxt("rows.csv", delimiter=",", skiprows=1)
    forest = RandomForestRegressor(100, n_jobs=1, min_samples_leaf=5, max_features=0.5, random_state=1)
    joblib.dump(forest.fit(table[:, :-1], table[:, -1]), MODEL)
else:
    app = serve()
